"""What models are made of, where they serve, and what a recall affects: asked at any site."""

import json

import pytest

from nodes import register


@pytest.fixture(scope="module")
def family(shared_cluster):
    """`kin/base`, trained on squad, `kin/tuned` made of it, and `kin/small` of that."""
    shared_cluster.wait_understood()
    client = shared_cluster.north.client()
    for name, lineage in [
        ("base", {"datasets": [{"name": "squad", "digest": "a" * 64, "role": "training"}]}),
        ("tuned", {"base_models": [{"version": "kin/base:1", "relation": "finetune"}]}),
        ("small", {"base_models": [{"version": "kin/tuned:1", "relation": "quantized"}]}),
    ]:
        register(client, "kin", name, {"a.bin": name.encode()}, metadata={"lineage": lineage})
    shared_cluster.cli("deployment", "report", "kin/small", "edge-7", "--environment", "production", at=shared_cluster.south)
    shared_cluster.wait_caught_up()
    return shared_cluster


def ids(graph):
    return {node["id"] for node in graph["nodes"]}


def test_a_lineage_is_the_same_at_every_site(family):
    path = "/api/v1/lineage?of=dataset%3Aname%3Asquad&direction=down"
    graphs = [node.client().get(path).json for node in family.nodes]
    assert graphs[0] == graphs[1] == graphs[2]
    assert ids(graphs[0]) == {
        "dataset:name:squad", "version:kin/base:1", "version:kin/tuned:1", "version:kin/small:1",
        "deployment:name:kin/small:1/edge-7"}
    up = family.cli_json("lineage", "kin/small", "--direction", "up", at=family.west)
    assert ids(up) == {
        "version:kin/small:1", "version:kin/tuned:1", "version:kin/base:1", "dataset:digest:" + "a" * 64}
    shown = family.cli("lineage", "kin/small@main").stdout
    assert "quantized" in shown and "dataset squad" in shown and "edge-7" in shown


def test_a_recall_is_seen_wherever_it_matters(family, tmp_path):
    affected = family.cli_json("recall", "add", "dataset:name:squad", "--reason", "it holds faces", at=family.west)
    assert "deployment:name:kin/small:1/edge-7" in ids(affected)
    for node in family.nodes:
        shown = family.cli("show", "kin/small", "--consistency", "linearizable", at=node).stdout
        assert "RECALLED" in shown and "it holds faces" in shown
    pulled = family.cli("pull", "kin/small", "-o", tmp_path / "small")
    assert "RECALLED" in pulled.stderr
    assert "dataset:name:squad" in family.cli("recall", "list").stdout
    again = family.cli("recall", "add", "dataset:name:squad", "--reason", "twice", check=False)
    assert again.returncode == 1 and "already" in again.stderr
    family.cli("recall", "lift", "dataset:name:squad", "--reason", "they agreed")
    assert "RECALLED" not in family.cli("show", "kin/small").stdout


def test_what_is_learnt_later_is_added(family):
    client = family.south.client()
    path = "/api/v1/projects/kin/models/base/versions/1/lineage/additions"
    added = client.post(path, {"lineage": {"training_run": {"id": "run-7"}}, "note": "from the scheduler"})
    assert added.status == 201 and "run:name:run-7" in ids(added.json)
    assert [one["note"] for one in client.get(path).json["items"]] == ["from the scheduler"]
    wrong = client.post(path, {"lineage": {"training_run": {"id": 7}}})
    assert (wrong.status, "training_run.id" in wrong.json["detail"]) == (422, True)


def test_questions_that_mean_nothing_are_refused(family):
    client = family.north.client()
    for path, status in [
        ("/api/v1/lineage", 400), ("/api/v1/lineage?of=nonsense", 400),
        ("/api/v1/lineage?of=dataset%3Aname%3Asquad&direction=sideways", 400),
        ("/api/v1/lineage?of=dataset%3Aname%3Asquad&depth=0", 400),
        ("/api/v1/projects/kin/models/never/versions/1/lineage", 404),
        ("/api/v1/projects/kin/models/base/versions/9/deployments", 404),
    ]:
        assert client.get(path).status == status, path
    assert client.post("/api/v1/recalls", {"thing": "nonsense", "reason": "r"}).status == 422
    assert family.cli("lineage", "no such thing", check=False).returncode == 2
    assert family.cli("deployment", "end", "kin/small", "nowhere", check=False).returncode == 1


def test_a_model_of_what_is_not_there_is_refused(family, tmp_path):
    (tmp_path / "weights.txt").write_text("1")
    metadata = tmp_path / "metadata.json"
    metadata.write_text(json.dumps(
        {"lineage": {"base_models": [{"version": "kin/never:4", "relation": "finetune"}]}}))
    refused = family.cli("push", tmp_path / "weights.txt", "kin/orphan", "--metadata", metadata, check=False)
    assert refused.returncode == 1 and "kin/never:4" in refused.stderr
