"""Private projects: who has no role in one finds no trace of it, by any route of any surface."""

import json
import re
from pathlib import Path

import pytest

from client import Client
from nodes import register
from test_events import stream
from waiting import eventually

OPENAPI = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
# What can be named in a path, beside the project itself.
NAMES = {
    "model": "kestrel", "version": "1", "path": "card.bin", "alias": "main", "stage": "production", "deployment": "edge",
    "principal": "insider", "sha256": "0" * 64, "page": "0" * 64, "node": "north-1", "token": "0" * 32,
}


@pytest.fixture(scope="module")
def places(shared_cluster):
    """The private project `aviary` with `aviary/kestrel:1`; `open/derived:1` is made of it by the administrator's word."""
    shared_cluster.wait_understood()
    clients = {"administrator": shared_cluster.south.client()}
    for name, role in (("insider", "reader"), ("stranger", "steward"), ("outsider", "reader"), ("revisor", "auditor")):
        shared_cluster.cli("principal", "add", name, "--role", role)
        token = shared_cluster.cli("token", "issue", "--for", name).stdout.strip()
        clients[name] = Client("127.0.0.1", shared_cluster.south.port, shared_cluster.ca, token)
    shared_cluster.cli("project", "create", "aviary", "--visibility", "private", "--description", "falconry")
    shared_cluster.cli("grant", "set", "aviary", "insider", "steward")
    admin = shared_cluster.north.client()
    metadata = {"task": "plumage", "metrics": {"swoops": 0.5}, "description": "falconry of kestrels"}
    register(admin, "aviary", "kestrel", {"card.bin": b"1", "README.md": b"# Kestrel\n\nfalconry\n"}, metadata=metadata)
    lineage = {"base_models": [{"version": "aviary/kestrel:1", "relation": "finetune"}]}
    register(admin, "open", "derived", {"a.bin": b"2"}, metadata={"metrics": {"swoops": 0.4}, "lineage": lineage})
    register(admin, "open", "plain", {"a.bin": b"3"}, metadata={"metrics": {"swoops": 0.3}})
    deployment = "/api/v1/projects/aviary/models/kestrel/versions/1/deployments/edge"
    assert admin.request("PUT", deployment, body={"uri": "https://edge.example"}).status == 200
    for thing in ("dataset:name:known", "version:aviary/kestrel:1"):
        answer = admin.request("POST", "/api/v1/recalls", body={"thing": thing, "reason": "it errs"})
        assert answer.status == 200, answer
    shared_cluster.wait_caught_up()
    eventually(lambda: clients["administrator"].get("/api/v1/search?q=falconry").json["total"] == 1, "the index knows", 10)
    shared_cluster.clients = clients
    return shared_cluster


def all_gets(project):
    for path, methods in json.loads(OPENAPI.read_text())["paths"].items():
        # Events wait; uploads may come before their project.
        if "get" in methods and not path.startswith("/api/v1/events") and "/uploads/" not in path:
            yield re.sub(r"\{(\w+)\}", lambda name: NAMES.get(name[1], project), path)


QUERIES = [
    "/api/v1/search?q=falconry", "/api/v1/search?q=&facets=project,task,alias,stage", "/api/v1/search?q=project:aviary",
    "/api/v1/search?q=falconri", "/api/v1/best?by=metrics.swoops&order=highest", "/api/v1/projects/open/models/derived/similar",
    "/api/v1/projects/open/models/plain/similar", "/api/v1/recalls", "/api/v1/projects?limit=1",
    "/api/v1/events?after=0&limit=1000", "/api/v1/lineage?of=dataset:name:known",
]


def test_every_route_that_reads_answers_as_if_it_were_not_there(places):
    stranger, tried = places.clients["stranger"], 0
    for path in all_gets("aviary"):
        hidden, absent = stranger.get(path), stranger.get(path.replace("aviary", "nowhere"))
        if "aviary" not in path:
            assert b"aviary" not in hidden.body, path
            continue
        tried += 1
        assert hidden.status == absent.status == 404, (path, hidden)
        assert hidden.body.replace(b"aviary", b"nowhere") == absent.body, path
    assert tried > 25


@pytest.mark.parametrize("path", QUERIES)
def test_what_spans_projects_leaves_it_out_with_all_its_counts(places, path):
    for name in ("stranger", "insider", "administrator"):
        answer = places.clients[name].get(path)
        assert answer.status == 200, (name, answer)
        if name == "stranger":
            assert b"aviary" not in answer.body and b"kestrel" not in answer.body and b"plumage" not in answer.body


def test_those_who_have_a_role_find_it_and_auditors_and_administrators(places):
    for name in ("insider", "revisor", "administrator"):
        client = places.clients[name]
        assert [project["name"] for project in client.get("/api/v1/projects").json["items"]].count("aviary") == 1
        assert client.get("/api/v1/search?q=falconry").json["hits"][0]["model"] == "kestrel", name
        assert client.get("/api/v1/best?by=metrics.swoops&order=highest").json["entries"][0]["model"] == "kestrel"
        assert b"aviary" in client.get("/api/v1/events?after=0&limit=1000").body
        assert b"aviary/kestrel" in client.get("/api/v1/recalls").body


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/comparison?of=open/plain:1,{}/kestrel:1",
        "/api/v1/projects/open/models/plain/versions/1/diff?to={}/kestrel:1",
        "/api/v1/best?by=metrics.swoops&order=highest&in={}",
        "/api/v1/lineage?of=version:{}/kestrel:9",
    ],
)
def test_naming_it_in_a_question_tells_nothing(places, path):
    stranger = places.clients["stranger"]
    hidden, absent = stranger.get(path.format("aviary")), stranger.get(path.format("nowhere"))
    assert hidden.status == absent.status
    assert hidden.body.replace(b"aviary", b"nowhere") == absent.body


@pytest.mark.parametrize(
    "method,path,body",
    [
        ("PATCH", "/api/v1/projects/aviary", {"description": "mine"}),
        ("POST", "/api/v1/projects/aviary/models", {"name": "mine"}),
        ("PUT", "/api/v1/projects/aviary/grants/stranger", {"role": "reader"}),
        ("PUT", "/api/v1/projects/aviary/models/kestrel/aliases/mine", {"version": 1}),
        ("POST", "/api/v1/projects/aviary/models/kestrel/versions/1/evaluations", {"metrics": []}),
        ("POST", "/api/v1/recalls", {"thing": "version:aviary/kestrel:1", "reason": "r"}),
    ],
)
def test_writing_to_it_is_refused_as_if_it_were_not_there(places, method, path, body):
    for name in ("stranger", "outsider"):
        client = places.clients[name]
        for sent in (body, b"{"):
            hidden = client.request(method, path, body=sent)
            absent = client.request(
                method, path.replace("aviary", "nowhere"), body=json.loads(json.dumps(body).replace("aviary", "nowhere"))
                if sent is body else sent)
            assert hidden.status == absent.status, (name, hidden, absent)
            assert hidden.body.replace(b"aviary", b"nowhere") == absent.body, (name, hidden, absent)
            assert sent is not body or hidden.status == 404, (name, hidden)


def test_who_may_not_make_names_learns_nothing_by_uploads(places):
    digest = "0" * 64
    for path in (f"/uploads/{digest}", f"/uploads/{digest}/received?size=1"):
        hidden, absent = (
            places.clients["outsider"].get(f"/api/v1/projects/{name}{path}") for name in ("aviary", "nowhere"))
        assert hidden.status == absent.status == 403
        assert hidden.body.replace(b"aviary", b"nowhere") == absent.body


def test_attempts_on_it_are_in_the_audit_log(places):
    places.clients["stranger"].request("PATCH", "/api/v1/projects/aviary", body={"description": "again"})
    places.wait_caught_up()
    records, cursor = [], "0"
    while cursor:
        page = places.clients["revisor"].get(f"/api/v1/audit?limit=1000&cursor={cursor}").json
        records, cursor = records + page["items"], page.get("next")
    tried = [record for record in records if record["by"] == "stranger" and record["object"] == "aviary"]
    assert tried[-1]["action"] == "project.change" and tried[-1]["outcome"] == "not-found", tried


def test_a_stream_of_events_tells_what_its_reader_may_see_now(places):
    places.cli("principal", "add", "watcher", "--role", "auditor")
    token = places.cli("token", "issue", "--for", "watcher").stdout.strip()
    places.wait_caught_up()
    answer, connection = stream(places.south, **{"Authorization": f"Bearer {token}", "Last-Event-ID": "latest"})
    places.cli("principal", "role", "watcher", "reader")
    places.wait_caught_up()
    register(places.north.client(), "aviary", "merlin", {"a.bin": b"secret news"})
    register(places.north.client(), "open", "plain", {"a.bin": b"open news"})
    told = b""
    while b"open/plain" not in told:
        told += answer.readline()
    assert b"aviary" not in told
    connection.close()


def test_a_delta_copies_no_bytes_from_it(places):
    header = {
        "size": 1, "sources": [{"project": "aviary", "model": "kestrel", "version": 1, "path": "card.bin"}],
    }
    encoded = json.dumps(header).encode()
    delta = len(encoded).to_bytes(4, "big") + encoded + b"\x02" + bytes(4) + bytes(8) + (1).to_bytes(8, "big")
    digest = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
    answers = {
        name: places.clients[name].request(
            "PUT", f"/api/v1/projects/open/uploads/{digest}", body=delta, headers={"Content-Type": "application/vnd.peerage.delta"})
        for name in ("stranger", "administrator")
    }
    assert answers["administrator"].status == 201, answers
    assert answers["stranger"].status == 404, answers


def test_a_version_made_of_it_shows_its_recall_and_where_the_lineage_ends(places):
    version = places.clients["stranger"].get("/api/v1/projects/open/models/derived/versions/1").json
    assert [recall["reason"] for recall in version["recalls"]] == ["it errs"]
    graph = places.clients["stranger"].get("/api/v1/projects/open/models/derived/versions/1/lineage").json
    assert [node["id"] for node in graph["nodes"]] == ["version:open/derived:1", "version:aviary/kestrel:1"]


def test_a_project_that_was_deleted_leaves_no_trace_to_strangers(places):
    places.cli("project", "create", "burrow", "--visibility", "private")
    places.cli("project", "delete", "burrow", "--reason", "the moles won")
    places.wait_caught_up()
    for path in (
        "/api/v1/comparison?of=open/plain:1,{}/a:1", "/api/v1/projects/open/models/plain/versions/1/diff?to={}/a:1",
        "/api/v1/projects/{}", "/api/v1/projects/{}/models/a", "/api/v1/best?by=size&in={}",
    ):
        hidden, absent = (places.clients["stranger"].get(path.format(name)) for name in ("burrow", "nowhere"))
        assert hidden.status == absent.status == 404, (path, hidden)
        assert hidden.body.replace(b"burrow", b"nowhere") == absent.body, path
    assert b"the moles won" in places.clients["administrator"].get("/api/v1/projects/burrow").body
    assert b"burrow" not in places.clients["stranger"].get("/api/v1/events?after=0&limit=1000").body


def test_losing_the_role_closes_it_at_every_site(places):
    admin = places.north.client()
    assert places.clients["insider"].get("/api/v1/projects/aviary").status == 200
    assert admin.request("DELETE", "/api/v1/projects/aviary/grants/insider").status in (200, 204)
    places.wait_caught_up()
    assert places.clients["insider"].get("/api/v1/projects/aviary").status == 404
    assert places.clients["insider"].get("/api/v1/search?q=falconry").json["total"] == 0
    places.cli("project", "set", "aviary", "--visibility", "internal")
    places.wait_caught_up()
    assert places.clients["stranger"].get("/api/v1/projects/aviary").json["description"] == "falconry"
    assert places.clients["stranger"].get("/api/v1/search?q=falconry").json["total"] == 1
    places.cli("project", "set", "aviary", "--visibility", "private")
    places.wait_caught_up()
    assert places.clients["stranger"].get("/api/v1/search?q=falconry").json["total"] == 0
