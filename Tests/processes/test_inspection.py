"""What is in files decides whether they are registered: they are read through their structure, and never run."""

import io
import json
import os
import pickle
import struct
import zipfile

import pytest

from nodes import upload


class Runs:
    """Unpickled, it would run a command."""

    def __reduce__(self):
        return os.system, ("touch /tmp/peerage-was-here",)


def safetensors(tensors, metadata=None):
    """A file of `tensors`: name → (dtype, shape, bytes)."""
    header, offset = {"__metadata__": metadata} if metadata else {}, 0
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(content)]}
        offset += len(content)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(content for *_, content in tensors.values())


def zipped(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


WEIGHTS = safetensors({"a": ("F32", [2, 3], bytes(24)), "b": ("BF16", [4], bytes(8))}, {"format": "pt"})
DANGEROUS = pickle.dumps(Runs())
TOKEN = "ghp_" + "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"


def try_to_register(client, project, model, files):
    entries = [{"path": path, **upload(client, project, content)} for path, content in files.items()]
    return client.post(f"/api/v1/projects/{project}/models/{model}/versions", {"files": entries})


def last_record(client):
    """The newest audit record of what somebody did; nodes tell of themselves now and then."""
    last, cursor = None, "0"
    while cursor:
        page = client.get(f"/api/v1/audit?limit=1000&cursor={cursor}", consistency="linearizable").json
        told = [record for record in page["items"] if record["by"] != "peerage"]
        last, cursor = (told or [last])[-1], page.get("next")
    return last


@pytest.fixture(scope="module")
def project(shared_cluster):
    shared_cluster.wait_understood()
    assert shared_cluster.north.client().post("/api/v1/projects", {"name": "inspected"}).status == 201
    return "inspected"


def test_what_files_say_of_themselves_is_shown_at_every_site(shared_cluster, project):
    files = {"model.safetensors": WEIGHTS, "README.md": b"# A model\n", "config.json": b'{"model_type": "bert"}',
             "odd.xyz": b"\0\1\2"}
    answer = try_to_register(shared_cluster.north.client(), project, "whole", files)
    assert answer.status == 201, answer
    shared_cluster.wait_caught_up()
    for node in shared_cluster.nodes:
        found = node.client().get(f"/api/v1/projects/{project}/models/whole/versions/1").json["inspection"]
        assert (found["parameters"], found["elements"]) == (10, {"F32": 6, "BF16": 4})
        assert found["attributes"] == {"format": "pt", "model_type": "bert"}
        assert [(file["path"], file["format"], file["verdict"]) for file in found["files"]] == [
            ("model.safetensors", "safetensors", "safe"), ("odd.xyz", "unknown", "unknown")]
    shown = shared_cluster.cli("show", f"{project}/whole").stdout
    assert "10 in BF16, F32" in shown and "safetensors, safe" in shown


REFUSED = {
    "a pickle that runs a command": ({"model.pkl": DANGEROUS}, "system"),
    "the same under another name": ({"model.safetensors": DANGEROUS}, "system"),
    "the same in a zip": ({"model.pt": zipped(m__data__pkl=b"", **{"m__data.pkl": DANGEROUS})}, "system"),
    "weights that were cut off": ({"model.safetensors": WEIGHTS[:-1]}, "malformed"),
    "no weights at all": ({"model.safetensors": b"<html>not found</html>"}, "malformed"),
    "an index that names what no shard has": (
        {"model.safetensors.index.json": json.dumps({"weight_map": {"a": "one.safetensors", "z": "one.safetensors"}}).encode(),
         "one.safetensors": safetensors({"a": ("F32", [1], bytes(4))})}, "z"),
    "a token in a text": ({"README.md": b"usage\n\nexport TOKEN=" + TOKEN.encode() + b"\n"}, "line 3 of “README.md”"),
    "a private key": ({"notes/key.txt": b"-----BEGIN PRIVATE KEY-----\n" + b"MIIEvQIBADANBgkq" * 8 + b"\n"}, "line 1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_must_not_be_registered_is_refused_and_recorded(shared_cluster, project, name):
    files, word = REFUSED[name]
    client = shared_cluster.south.client()
    answer = try_to_register(client, project, "refused", files)
    assert (answer.status, answer.problem) == (422, "refused-content"), answer
    assert word in answer.json["detail"], answer.json["detail"]
    assert TOKEN not in answer.body.decode()
    assert client.get(f"/api/v1/projects/{project}/models/refused", consistency="linearizable").status == 404
    assert not os.path.exists("/tmp/peerage-was-here")
    last = last_record(client)
    assert (last["action"], last["outcome"]) == ("version.register", "refused-content")


def test_a_project_may_take_what_others_refuse(shared_cluster, project, tmp_path):
    file = tmp_path / "model.pkl"
    file.write_bytes(DANGEROUS)
    shared_cluster.cli("project", "create", "daring", "--refuse", "malformed")
    shared_cluster.cli("push", file, "daring/model")
    shown = shared_cluster.cli("show", "daring/model").stdout
    assert "dangerous: " in shown and "system" in shown
    shared_cluster.cli("project", "set", "daring", "--refuse", "dangerous,unknown,malformed")
    odd = tmp_path / "odd.xyz"
    odd.write_bytes(b"\0\1\2")
    refused = shared_cluster.cli("push", odd, "daring/odd", check=False)
    assert refused.returncode == 1 and "unknown" in refused.stderr, refused.stderr
    shared_cluster.cli("project", "set", "daring", "--refuse", "standard")
    assert shared_cluster.cli_json("project", "show", "daring").get("refuses") is None
    shared_cluster.cli("push", odd, "daring/odd")
    for wrong in ("safe", "bad", "dangerous,,bad"):
        assert shared_cluster.cli("project", "set", "daring", "--refuse", wrong, check=False).returncode == 2
