"""Versions are compared, seen as they were, and gone back to: the same at every site."""

import pytest

from nodes import register
from test_inspection import safetensors


def weights(**changes):
    layers = {f"layer.{n}.weight": ("F32", [64, 256], bytes([n]) * 65_536) for n in range(6)}
    layers |= {f"layer.{n}.bias": ("F32", [64], bytes([n]) * 256) for n in range(6)}
    return safetensors(layers | changes)


@pytest.fixture(scope="module")
def lab(shared_cluster):
    """`lab/tuned`: a model, a fine-tune of it with one layer of six changed, and one with other shapes."""
    shared_cluster.wait_understood()
    client = shared_cluster.north.client()
    tuned = {"layer.3.weight": ("F32", [64, 256], b"\xaa" * 1_000 + bytes([3]) * 64_536)}
    reshaped = {"layer.0.weight": ("F16", [64, 256], bytes(32_768)), "head": ("F32", [4], bytes(16))}
    for files, metadata in [
        ({"model.safetensors": weights(), "README.md": b"# One\n"}, {"metrics": {"f1": 0.5, "loss": 2}}),
        ({"model.safetensors": weights(**tuned), "docs/README.md": b"# One\n"}, {"metrics": {"f1": 0.75, "loss": 2}}),
        ({"model.safetensors": weights(**reshaped)}, {}),
    ]:
        register(client, "lab", "tuned", files, metadata=metadata)
    shared_cluster.wait_caught_up()
    return shared_cluster


def test_versions_are_compared_at_every_site(lab):
    answers = []
    for node in lab.nodes:
        answer = node.client().get("/api/v1/projects/lab/models/tuned/versions/1/diff?to=lab%2Ftuned%3A2")
        assert answer.status == 200, answer
        answers.append(answer.json)
    assert answers[0] == answers[1] == answers[2]
    found = answers[0]
    assert [(f["path"], f["change"], f.get("from_path")) for f in found["files"]] == [
        ("docs/README.md", "renamed", "README.md"), ("model.safetensors", "changed", None)]
    assert [(v["path"], v["from"], v["to"]) for v in found["values"]] == [("metadata.metrics.f1", 0.5, 0.75)]
    assert (found["changed_tensors"], found["unchanged_tensors"]) == (1, 11)
    assert [(t["name"], t["change"], t["changed_bytes"]) for t in found["tensors"]] == [
        ("layer.3.weight", "changed", 1_000)]
    assert 0 < found["shared_bytes"] < found["to"]["size"]


def test_tensors_that_come_go_and_change_their_form_are_told(lab):
    found = lab.cli_json("diff", "lab/tuned:1", "lab/tuned:3")
    told = {t["name"]: (t["change"], t.get("from_type"), t.get("to_type"), t.get("to_shape")) for t in found["tensors"]}
    assert told == {
        "head": ("added", None, "F32", [4]), "layer.0.weight": ("changed", "F32", "F16", [64, 256])}
    text = lab.cli("diff", "lab/tuned:3", "lab/tuned:1").stdout
    assert "head" in text and "removed" in text and "F16 [64, 256]" in text
    assert "say the same" in lab.cli("diff", "lab/tuned:1", "lab/tuned:1").stdout


def test_what_cannot_be_compared_is_told(lab):
    client = lab.south.client()
    path = "/api/v1/projects/lab/models/tuned/versions/1/diff"
    assert client.get(path).status == 400
    assert client.get(f"{path}?to=lab%2Ftuned%3A9").status == 404
    assert client.get(f"{path}?to=lab%2Fnever").status == 404
    assert client.get(f"{path}?to=nonsense").status == 422
    assert lab.cli("diff", "lab/tuned:1", "lab/never", check=False).returncode == 1


def test_an_alias_goes_back_and_is_seen_as_it_was(lab):
    moments = []
    for version in (1, 2):
        lab.cli("alias", "set", "lab/tuned@production", version, "--reason", f"try {version}")
        moments.append(lab.cli_json("alias", "history", "lab/tuned@production")["items"][-1]["at"])
    back = lab.cli("rollback", "lab/tuned@production", "--reason", "worse at night", at=lab.west)
    assert "version 1 again" in back.stdout
    assert lab.cli_json("show", "lab/tuned@production", at=lab.south)["number"] == 1
    for version, moment in zip((1, 2), moments):
        for node in lab.nodes:
            shown = lab.cli_json("show", "lab/tuned@production", "--at", moment, at=node)
            assert shown["number"] == version and "production" in shown["aliases"]
    early = lab.cli("show", "lab/tuned@production", "--at", "2026-01-01", check=False)
    assert early.returncode == 1 and "had no version or alias" in early.stderr
    assert lab.cli("show", "lab/tuned", "--at", "yesterday", check=False).returncode == 2
    assert lab.cli_json("rollback", "lab/tuned@production", "--reason", "it was the network")["version"] == 2
    history = lab.cli_json("alias", "history", "lab/tuned@production")["items"]
    assert [(move.get("from"), move["to"]) for move in history] == [(None, 1), (1, 2), (2, 1), (1, 2)]
    wrong = lab.cli("rollback", "lab/tuned@production", "--to", 3, "--reason", "why not", check=False)
    assert wrong.returncode == 1 and "did not name version 3" in wrong.stderr
    assert lab.cli("rollback", "lab/tuned@production", check=False).returncode == 2


def test_a_pull_brings_what_an_alias_named_then(lab, tmp_path):
    lab.cli("alias", "set", "lab/tuned@then", 1)
    moment = lab.cli_json("alias", "history", "lab/tuned@then")["items"][-1]["at"]
    lab.cli("alias", "set", "lab/tuned@then", 2)
    lab.cli("pull", "lab/tuned@then", "--at", moment, "-o", tmp_path / "then")
    assert (tmp_path / "then/README.md").exists() and not (tmp_path / "then/docs").exists()


def test_versions_stand_beside_each_other(lab):
    found = lab.cli_json("compare", "lab/tuned:1", "lab/tuned:2", "lab/tuned:3", at=lab.south)
    rows = {row["name"]: (row["values"], row["best"]) for row in found["rows"]}
    assert rows["f1"] == ([0.5, 0.75, None], [1]) and rows["loss"] == ([2, 2, None], [0, 1])
    assert rows["parameters"][0][0] == 6 * (64 * 256 + 64)
    text = lab.cli("compare", "lab/tuned:1", "lab/tuned:2").stdout
    assert "0.75 *" in text and "lab/tuned:2" in text
    assert lab.cli("compare", "lab/tuned:1", check=False).returncode == 2
    client = lab.north.client()
    for query, status in [("", 400), ("?of=lab%2Ftuned%3A1", 400), ("?of=lab%2Ftuned%3A1,lab%2Fnever", 404)]:
        assert client.get("/api/v1/comparison" + query).status == status, query
