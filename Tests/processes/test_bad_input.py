"""What a careless or hostile client sends is refused with a problem that says why, and leaves nothing behind."""

import hashlib
import os
import re
import socket
import ssl
from urllib.parse import quote

import pytest

from client import Unreachable
from nodes import register, upload

ZERO_DIGEST = "0" * 64


def fill(path):
    """A path of the API with its parameters filled in."""
    return re.sub(r"\{sha256\}", ZERO_DIGEST, re.sub(r"\{(?!sha256)[^}]*\}", "1", path))


# The one route that shows its proof in the body: whoever joins has no token yet.
JOIN = "/api/v1/cluster/join"


def test_nobody_joins_without_an_invitation(shared_cluster):
    client = shared_cluster.north.client()
    place = {"host": "127.0.0.1", "port": 9}
    for token in ("", "peerage-join_" + "0" * 64, shared_cluster.token, "x" * 100_000):
        body = {"token": token, "signing_request": "no request", "api": place, "peer": place}
        answer = client.post(JOIN, body, token=None)
        # A node without the authority's key sends everyone away; one with it looks the invitation up.
        assert answer.status in (404, 503) and answer.problem in ("not-found", "node-unavailable"), answer
    assert client.post(JOIN, {"token": 1}, token=None).status == 400


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer peerage_" + "A" * 43},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"Authorization": "Bearer " + "x" * 8000},
    ],
    ids=["none", "wrong", "empty", "basic", "long"],
)
def test_no_route_answers_without_a_valid_token(shared_cluster, headers, report):
    client = shared_cluster.north.client()
    paths = client.get("/openapi.json").json["paths"]
    tried = 0
    for path, operations in paths.items():
        for method, operation in operations.items():
            if operation.get("security") == []:
                assert not path.startswith("/api/") or path == JOIN, f"{path} is open"
                continue
            answer = client.request(method.upper(), fill(path), token=None, headers=headers)
            assert answer.status == 401, f"{method} {path}: {answer}"
            assert answer.problem == "unauthenticated"
            tried += 1
    assert tried >= 15
    report("routes tried", tried)


@pytest.mark.parametrize("digest", ["digest", "upper-case digest"])
def test_the_digest_of_the_token_is_no_token(shared_cluster, digest):
    text = hashlib.sha256(shared_cluster.token.encode()).hexdigest()
    text = text.upper() if digest.startswith("upper") else text
    assert shared_cluster.north.client().get("/api/v1/projects", token=text).problem == "unauthenticated"


@pytest.mark.parametrize(
    "path",
    [
        "/projects/nobody",
        "/projects/nobody/models",
        "/projects/nobody/models/nothing/versions",
        "/projects/known/models/nothing",
        "/projects/known/models/nothing/versions/latest",
        "/projects/known/models/model/versions/2",
        "/projects/known/models/model/versions/nowhere",
        "/projects/known/models/model/versions/1/files/missing.bin",
        "/projects/known/models/model/versions/1/files/a",
        "/projects/known/models/model/aliases/nowhere",
        "/projects/known/models/model/aliases/nowhere/history",
    ],
)
def test_what_does_not_exist_is_not_found(shared_cluster, path):
    client = shared_cluster.south.client()
    if client.get("/api/v1/projects/known").status == 404:
        register(client, "known", "model", {"a/b": b"1"})
    answer = client.get("/api/v1" + path)
    assert (answer.status, answer.problem) == (404, "not-found"), answer


def test_a_path_outside_the_api_is_a_problem_too(shared_cluster):
    answer = shared_cluster.south.client().get("/api/v1/no/such/route")
    assert (answer.status, answer.problem) == (404, "no-such-route")


BAD_NAMES = [
    "", " ", "a b", "a/b", "../a", ".", "..", "-a", "a-", "a..b", ".hidden", "a\u0000", "ä", "а",  # the last is Cyrillic
    "a\u202eb", "a" * 64, "API", "models", "con", "healthz", "<script>", "a%2fb", "a\nb", "🙂",
]


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_bad_names_are_refused(shared_cluster, name):
    client = shared_cluster.north.client()
    before = {project["name"] for project in client.items("/api/v1/projects")}
    answer = client.post("/api/v1/projects", {"name": name})
    assert (answer.status, answer.problem) == (422, "invalid-name"), answer
    assert {project["name"] for project in client.items("/api/v1/projects", consistency="linearizable")} == before
    if name not in ("", ".", ".."):
        in_path = client.post(
            f"/api/v1/projects/{quote(name, safe='')}/models/m/versions", {"files": [{"path": "a", **file_entry(b"")}]}
        )
        assert in_path.status in (400, 404, 422), in_path


@pytest.mark.parametrize("alias", ["latest", "Latest", "1", "v2", "a b", "a" * 64, "ab" * 20])
def test_aliases_that_would_be_misread_are_refused(shared_cluster, alias):
    client = shared_cluster.north.client()
    register(client, "names", "aliased", {"a": b"1"})
    answer = client.put(f"/api/v1/projects/names/models/aliased/aliases/{quote(alias, safe='')}", {"version": 1})
    assert (answer.status, answer.problem) == (422, "invalid-name"), answer


def test_look_alikes_are_refused(shared_cluster):
    client = shared_cluster.north.client()
    assert client.post("/api/v1/projects", {"name": "vision-tools"}).status == 201
    for name in ("visi0n-tools", "vision_tools", "Vision-Tools", "vislon-tools", "v1siontools"):
        answer = client.post("/api/v1/projects", {"name": name})
        assert (answer.status, answer.problem) == (409, "confusable-name"), (name, answer)
    assert client.post("/api/v1/projects", {"name": "vision-tools"}).problem == "already-exists"


BAD_PATHS = [
    ["../a"], ["a/../b"], [".."], ["."], ["a/./b"], ["/etc/passwd"], ["a\u0000b"], ["a\\b"], ["C:/a"], ["a//b"], ["a/"],
    [""], ["a\nb"], ["a\u202eb"], ["x" * 256], ["x/" * 600 + "x"],
    ["é", "e\u0301"], ["a", "a"], ["a", "a/b"], ["d/e/f", "d/e"],
]


@pytest.mark.parametrize("paths", BAD_PATHS, ids=lambda paths: ascii(paths)[:30])
def test_bad_paths_are_refused(shared_cluster, paths):
    client = shared_cluster.west.client()
    make_project(client, "paths")
    entry = upload(client, "paths", b"content")
    answer = client.post(
        "/api/v1/projects/paths/models/bad/versions", {"files": [{"path": path, **entry} for path in paths]}
    )
    assert answer.status in (400, 422), answer
    assert answer.problem in ("invalid-name", "invalid-request", "invalid"), answer
    assert client.get("/api/v1/projects/paths/models/bad", consistency="linearizable").status == 404


def make_project(client, name):
    """Makes the project when it is not there."""
    assert client.post("/api/v1/projects", {"name": name}).status in (201, 409)


def file_entry(content):
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"{}", b'{"files": {}}', b'{"files": [{}]}', b'{"files": [{"path": 1}]}', b"\xff\xfe",
     b'{"files": [{"path": "a", "size": -1, "sha256": "' + b"0" * 64 + b'"}]}',
     b'{"files": [{"path": "a", "size": 1, "sha256": "short"}]}',
     b'{"files": [], "metadata": {"a": 1, "a": 2}}', b'{"files": [], "metdata": {}}',
     b'{"files": [], "metadata": ' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"}",
     b'{"files": [], "metadata": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"],
    ids=lambda body: repr(body[:24]),
)
def test_malformed_bodies_are_refused(shared_cluster, body):
    client = shared_cluster.north.client()
    answer = client.request(
        "POST", "/api/v1/projects/names/models/malformed/versions", body=body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status in (400, 422), answer
    assert answer.problem in ("invalid-request", "invalid", "limit-exceeded"), answer


def test_metadata_has_limits(shared_cluster):
    client = shared_cluster.north.client()
    register(client, "limits", "model", {"a": b"1"})
    path = "/api/v1/projects/limits/models/model/versions"
    files = [{"path": "a", **file_entry(b"1")}]
    deep = "x"
    for _ in range(40):
        deep = [deep]
    for details in (
        {"metadata": {"a": "x" * (64 << 10)}}, {"metadata": {"a": deep}}, {"metadata": ["no object"]},
        {"tags": {f"tag-{number}": "" for number in range(65)}}, {"tags": {"a": "x" * 1025}},
        {"message": "x" * 4097}, {"aliases": ["latest"]},
    ):
        answer = client.post(path, {"files": files, **details})
        assert answer.status in (400, 413, 422), (details.keys(), answer)
        assert answer.problem
    assert client.get(f"{path}/latest", consistency="linearizable").json["number"] == 1


def test_bytes_that_are_not_those_announced_are_refused(shared_cluster):
    client = shared_cluster.north.client()
    make_project(client, "bytes")
    content = os.urandom(300_000)
    digest = hashlib.sha256(content).hexdigest()
    for wrong in (content[:-1] + bytes([content[-1] ^ 1]), content[:-1], content + b"x", b""):
        answer = client.put(f"/api/v1/projects/bytes/uploads/{digest}", wrong)
        assert (answer.status, answer.problem) == (422, "digest-mismatch"), answer
        files = [{"path": "a", "size": len(content), "sha256": digest}]
        refused = client.post("/api/v1/projects/bytes/models/wrong/versions", {"files": files})
        assert (refused.status, refused.problem) == (409, "files-not-uploaded"), refused
    assert client.put("/api/v1/projects/bytes/uploads/no-digest", content).status in (400, 404, 422)


def test_the_size_must_be_right_too(shared_cluster):
    client = shared_cluster.north.client()
    make_project(client, "bytes")
    entry = upload(client, "bytes", b"twelve bytes")
    for size in (0, 11, 13, 2**63):
        answer = client.post(
            "/api/v1/projects/bytes/models/sized/versions", {"files": [{"path": "a", **entry, "size": size}]}
        )
        assert answer.status in (400, 409, 422), answer
        assert answer.problem
    assert client.get("/api/v1/projects/bytes/models/sized", consistency="linearizable").status == 404


def send_half(node, cluster, path, announced, content):
    """Sends the head of a PUT and part of its body, then is gone without a word."""
    tls = ssl.create_default_context(cafile=cluster.ca)
    with socket.create_connection((node.host, node.port), timeout=10) as raw:
        with tls.wrap_socket(raw, server_hostname=node.host) as connection:
            head = (
                f"PUT {path} HTTP/1.1\r\nHost: {node.host}\r\nAuthorization: Bearer {cluster.token}\r\n"
                f"Content-Length: {announced}\r\n\r\n"
            )
            connection.sendall(head.encode() + content)
            # Linger of zero: the connection is reset, as when a machine's network goes away.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_a_client_that_vanishes_half_way_leaves_nothing(shared_cluster):
    cluster, node = shared_cluster, shared_cluster.north
    client = node.client()
    make_project(client, "vanished")
    content = os.urandom(8 << 20)
    digest = hashlib.sha256(content).hexdigest()
    path = f"/api/v1/projects/vanished/uploads/{digest}"
    files = [{"path": "a", "size": len(content), "sha256": digest}]
    for part in (0, 1, 70_000, 4 << 20, len(content) - 1):
        send_half(node, cluster, path, len(content), content[:part])
        refused = client.post("/api/v1/projects/vanished/models/half/versions", {"files": files})
        assert (refused.status, refused.problem) == (409, "files-not-uploaded"), refused
    assert client.get("/api/v1/projects/vanished/models/half", consistency="linearizable").status == 404
    assert client.put(path, content).status == 201
    assert client.post("/api/v1/projects/vanished/models/half/versions", {"files": files}).status == 201
    assert client.get("/api/v1/projects/vanished/models/half/versions/1/files/a").body == content


def test_garbage_on_the_wire_hurts_nobody(shared_cluster):
    node = shared_cluster.west
    ports = [(entry["api"]["port"], entry["peer"]["port"]) for entry in shared_cluster.topology["nodes"]]
    for port in ports[2]:
        for garbage in (b"", b"\0" * 64, b"GET / HTTP/1.1\r\n\r\n", os.urandom(65_536), b"\x16\x03\x01\xff\xff"):
            with socket.create_connection((node.host, port), timeout=5) as connection:
                try:
                    connection.sendall(garbage)
                except OSError:
                    pass  # it hung up on us, as it may
    assert node.is_running
    assert shared_cluster.wait_caught_up()


def test_plain_http_is_not_served(shared_cluster):
    node = shared_cluster.north
    with socket.create_connection((node.host, node.port), timeout=5) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            answer = connection.recv(100)
        except ConnectionError:
            answer = b""
    assert b"200" not in answer


def test_a_body_that_never_ends_is_cut_off(shared_cluster):
    client = shared_cluster.north.client()
    body = b'{"name": "' + b"x" * (9 << 20) + b'"}'
    try:
        answer = client.post("/api/v1/projects", body, headers={"Content-Type": "application/json"})
        assert answer.status in (400, 413, 422), answer
    except Unreachable:
        pass  # the node may hang up before all of it was sent
    assert shared_cluster.north.client().get("/api/v1/projects").status == 200
