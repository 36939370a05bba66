"""What projects ask of metadata: JSON Schema by its own test suite, and at any site of a cluster."""

import hashlib
import json
import subprocess
import tarfile

import pytest

from nodes import BINARY, register

# Carries JSON Schema's own test suite, which is published nowhere else that tests can reach.
SUITE = "jsonschema==4.26.0"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
# The draft's schema of schemas, and other drafts, are not known: nothing is ever fetched.
UNKNOWN = ("metaschema", "format-assertion", "draft3", "draft4", "draft6", "draft7", "2019", "draft-next")
OTHERS = ("draft-07", "2019-09", "draft-06")


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite")
    subprocess.run(
        ["python3", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", folder, SUITE],
        check=True,
    )
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.glob("*/json"))


def groups(suite):
    """The suite's cases, but for those of what Peerage leaves out."""
    for path in sorted((suite / "tests/draft2020-12").glob("*.json")):
        if path.name == "vocabulary.json":
            continue
        for group in json.loads(path.read_text()):
            text = json.dumps(group["schema"])
            refers_to_draft = DRAFT in text.replace(f'"$schema": "{DRAFT}"', "")
            if not refers_to_draft and not any(draft in text for draft in OTHERS):
                yield f"{path.stem}: {group['description']}", text, group["tests"]


def test_json_schemas_own_suite(suite, tmp_path, report):
    documents = []
    for path in sorted((suite / "remotes").rglob("*.json")):
        if not any(word in str(path) for word in UNKNOWN):
            documents += ["--document", f"http://localhost:1234/{path.relative_to(suite / 'remotes')}={path}"]
    count, wrong = 0, []
    for name, schema, tests in groups(suite):
        (tmp_path / "schema.json").write_text(schema)
        files = []
        for number, test in enumerate(tests):
            files.append(f"{number}.json")
            (tmp_path / files[-1]).write_text(json.dumps(test["data"]))
        done = subprocess.run(
            [BINARY, "schema", "check", "schema.json", *files, *documents],
            capture_output=True, text=True, timeout=60, cwd=tmp_path,
        )
        for test, file in zip(tests, files):
            count += 1
            verdicts = {line.split(": ")[0] for line in done.stdout.splitlines() if line.split(": ")[1] == file}
            if verdicts != {"valid" if test["valid"] else "invalid"}:
                wrong.append(f"{name}: {test['description']}: {verdicts} {done.stderr[:200]}")
    report("cases", count)
    assert not wrong, "\n".join(wrong)
    assert count > 1_000


def attempt(cluster, node, model, metadata):
    """What a registration of a small file with this metadata is answered."""
    content = model.encode()
    digest = hashlib.sha256(content).hexdigest()
    client = node.client()
    client.put(f"/api/v1/projects/asks/uploads/{digest}", content)
    body = {"files": [{"path": "notes.txt", "size": len(content), "sha256": digest}], "metadata": metadata}
    return client.post(f"/api/v1/projects/asks/models/{model}/versions", body)


def test_a_schema_decides_at_every_site(shared_cluster, tmp_path):
    cluster = shared_cluster.wait_understood()
    cluster.cli("project", "create", "asks")
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({"$ref": "urn:peerage:metadata:1", "required": ["license"]}))
    cluster.cli("schema", "set", "asks", schema, at=cluster.north)
    for node in cluster.nodes:
        refused = attempt(cluster, node, "first", {"task": "ner"})
        assert refused.status == 422 and "“license” is missing" in refused.json["detail"]
        refused = attempt(cluster, node, "first", {"license": "llama3"})
        assert refused.status == 422 and "no licence of the SPDX list" in refused.json["detail"]
        refused = attempt(cluster, node, "first", {"license": "MIT", "metrics": {"f1": "high"}})
        assert refused.status == 422 and "metrics" in refused.json["detail"]
    assert attempt(cluster, cluster.south, "first", {"license": "MIT OR Apache-2.0", "metrics": {"f1": 0.5}}).status == 201
    # Refusals are in the audit log, too.
    assert "invalid" in cluster.cli("audit", "--limit", 50).stdout
    schema.write_text(json.dumps({"requird": ["license"]}))
    slip = cluster.cli("schema", "set", "asks", schema, check=False)
    assert slip.returncode == 1 and "/requird" in slip.stderr
    cluster.cli("schema", "remove", "asks", at=cluster.west)
    assert attempt(cluster, cluster.north, "second", {}).status == 201


def test_a_stage_asks_for_what_was_measured(shared_cluster, tmp_path):
    cluster = shared_cluster.wait_understood()
    register(cluster.north.client(), "staged", "ranker", {"a.txt": b"1"})
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({"required": ["evaluations"]}))
    cluster.cli("schema", "set", "staged", schema, "--stage", "candidate")
    assert "before candidate" in cluster.cli("schema", "list", "staged", at=cluster.south).stdout
    refused = cluster.cli("stage", "set", "staged/ranker:1", "candidate", at=cluster.west, check=False)
    assert refused.returncode == 1 and "“evaluations” is missing" in refused.stderr
    cluster.cli("evaluate", "staged/ranker:1", "--metric", "f1=0.5")
    cluster.cli("stage", "set", "staged/ranker:1", "candidate", at=cluster.south)


def test_what_rules_would_do_is_seen_before_they_do_it(shared_cluster, tmp_path):
    cluster = shared_cluster.wait_understood()
    for number in range(3):
        register(cluster.north.client(), "ruled", "ranker", {"a.txt": bytes([65 + number])})
    cluster.cli("alias", "set", "ruled/ranker@best", 1)
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"rules": [{"name": "old", "older_than_days": 1, "keep_newest": 1}]}))
    plan = json.loads(cluster.cli("retention", "plan", "ruled", "--rules", rules, "--json", at=cluster.south).stdout)["items"]
    assert [(one["version"], one["deletes"]) for one in plan] == [(3, False), (2, False), (1, False)]
    assert "for 0 days, not 1" in plan[0]["reason"]
    assert cluster.cli("retention", "show", "ruled", check=False).returncode == 1
    cluster.cli("retention", "set", "ruled", rules)
    assert "old" in cluster.cli("retention", "plan", "ruled", at=cluster.west).stdout
    rules.write_text(json.dumps({"rules": [{"name": "old", "older_then_days": 1}]}))
    slip = cluster.cli("retention", "set", "ruled", rules, check=False)
    assert slip.returncode == 1 and "older_then_days" in slip.stderr
    cluster.cli("retention", "remove", "ruled")


def test_risk_is_known_everywhere_and_stops_what_is_prohibited(shared_cluster):
    cluster = shared_cluster.wait_understood()
    register(cluster.north.client(), "risky", "scorer", {"a.txt": b"1"})
    cluster.cli("risk", "set", "risky/scorer", "prohibited", "--reason", "scores people")
    assert "prohibited" in cluster.cli("risk", "show", "risky/scorer", at=cluster.south).stdout
    refused = cluster.cli("stage", "set", "risky/scorer:1", "candidate", at=cluster.west, check=False)
    assert refused.returncode == 1 and "scores people" in refused.stderr
    assert "prohibited, said administrator" in cluster.cli("report", "risky/scorer", at=cluster.south).stdout
    found = cluster.west.client().get("/api/v1/search?q=risk:prohibited", consistency="linearizable").json
    assert [hit["model"] for hit in found["hits"]] == ["scorer"]
    cluster.cli("risk", "remove", "risky/scorer", "--reason", "scores cars")
    cluster.cli("stage", "set", "risky/scorer:1", "candidate")


def test_a_card_that_contradicts_the_metadata_is_told(shared_cluster, tmp_path):
    cluster = shared_cluster.wait_understood()
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "README.md").write_text("---\nlicense: apache-2.0\npipeline_tag: ner\n---\n# Finder\n\nFinds names.\n")
    metadata = tmp_path / "metadata.json"
    metadata.write_text(json.dumps({"license": "MIT", "task": "ner"}))
    pushed = cluster.cli("push", folder, "cards/finder", "--metadata", metadata)
    assert "license: the card says apache-2.0, the metadata MIT" in pushed.stderr
    shown = cluster.cli("card", "cards/finder", at=cluster.south).stdout
    assert shown.splitlines()[:2] == ["Finder", "Finds names."] and "the metadata MIT" in shown
    assert "task" not in shown
