"""People and services, their roles and tokens, and how versions move through stages: the same at every site."""

import json

import pytest

from client import Client
from nodes import register, upload


@pytest.fixture(scope="module")
def team(shared_cluster):
    """One principal of each role, by its token; the project `team` is the administrator's."""
    shared_cluster.wait_understood()
    tokens = {"administrator": shared_cluster.token}
    for role in ("steward", "contributor", "reader", "auditor"):
        shared_cluster.cli("principal", "add", role, "--role", role)
        tokens[role] = shared_cluster.cli("token", "issue", "--for", role, "--label", "test").stdout.strip()
    register(shared_cluster.north.client(), "team", "base", {"a.bin": b"1"})
    shared_cluster.wait_caught_up()
    shared_cluster.tokens = tokens
    return shared_cluster


def client_of(team, role, node=None):
    node = node or team.south
    return Client("127.0.0.1", node.port, team.ca, team.tokens[role])


def cli_as(team, role, *arguments, **options):
    return team.cli(*arguments, PEERAGE_TOKEN=team.tokens[role], **options)


MATRIX = [
    ("GET", "/api/v1/projects", None, "administrator steward contributor reader auditor"),
    ("GET", "/api/v1/projects/team/models/base/versions/1/files/a.bin", None, "administrator steward contributor reader auditor"),
    ("GET", "/api/v1/audit", None, "administrator auditor"),
    ("GET", "/api/v1/backup/state", None, "administrator"),
    ("POST", "/api/v1/cluster/members", {"node": "x-1", "site": "east"}, "administrator"),
    ("POST", "/api/v1/cluster/transfer", {"to": "nowhere"}, "administrator"),
    ("POST", "/api/v1/principals", {"name": "reader", "role": "reader"}, "administrator"),
    ("DELETE", "/api/v1/principals/nobody", None, "administrator"),
    ("GET", "/api/v1/principals/administrator/tokens", None, "administrator"),
    ("POST", "/api/v1/principals/administrator/tokens", {}, "administrator"),
    ("PUT", "/api/v1/projects/team/grants/reader", {"role": "reader"}, "administrator"),
    ("PATCH", "/api/v1/projects/team", {"description": "x"}, "administrator steward"),
    ("PATCH", "/api/v1/projects/team", {"quota_bytes": 1_000_000_000}, "administrator"),
    ("DELETE", "/api/v1/projects/team/lifecycle", None, "administrator steward"),
    ("PUT", "/api/v1/projects/team/models/base/aliases/best", {"version": 1}, "administrator steward contributor"),
    ("POST", "/api/v1/projects/team/models", {"name": "base"}, "administrator steward contributor"),
    ("POST", "/api/v1/recalls", {"thing": "dataset:name:never", "reason": "r", "lift": True}, "administrator steward"),
]


@pytest.mark.parametrize("method,path,body,allowed", MATRIX, ids=lambda value: str(value)[:60])
def test_each_role_may_do_what_it_may(team, method, path, body, allowed):
    for role in team.tokens:
        answer = client_of(team, role).request(method, path, body=body)
        assert (answer.status == 403) == (role not in allowed.split()), (role, answer)


def test_bytes_are_taken_from_contributors_alone(team):
    for role in ("reader", "auditor"):
        with pytest.raises(AssertionError):
            upload(client_of(team, role), "team", b"new bytes")
    assert upload(client_of(team, "contributor"), "team", b"new bytes")["size"] == 9


def test_a_token_that_expires_issues_none_that_lasts(team):
    secret = cli_as(team, "reader", "token", "issue", "--days", "3").stdout.strip()
    client = Client("127.0.0.1", team.south.port, team.ca, secret)
    team.wait_caught_up()
    path = "/api/v1/principals/reader/tokens"
    for body in ({}, {"days": 4}):
        answer = client.post(path, body)
        assert answer.status == 403 and "expires at" in answer.json["detail"], answer
    assert client.post(path, {"days": 2}).status == 201


def test_a_token_that_is_revoked_opens_nothing_at_any_site(team):
    issued = cli_as(team, "reader", "token", "issue", "--days", "3", "--json")
    secret = json.loads(issued.stdout)
    team.wait_caught_up()
    clients = [Client("127.0.0.1", node.port, team.ca, secret["token"]) for node in team.nodes]
    assert [client.get("/api/v1/whoami").json["name"] for client in clients] == ["reader"] * 3
    assert secret["information"]["id"] in cli_as(team, "reader", "token", "list").stdout
    assert secret["token"] not in cli_as(team, "reader", "token", "list", "--json").stdout
    cli_as(team, "reader", "token", "revoke", secret["information"]["id"])
    team.wait_caught_up()
    assert [client.get("/api/v1/whoami").status for client in clients] == [401] * 3


def test_who_was_removed_is_nobody_everywhere(team):
    team.cli("principal", "add", "guest", "--role", "contributor")
    token = team.cli("token", "issue", "--for", "guest").stdout.strip()
    team.cli("principal", "remove", "guest")
    team.wait_caught_up()
    assert [Client("127.0.0.1", node.port, team.ca, token).get("/api/v1/whoami").status for node in team.nodes] == [401] * 3
    again = team.cli("principal", "add", "guest", check=False)
    assert again.returncode == 1 and "nobody else can have its name" in again.stderr


def test_events_of_people_and_nodes_are_for_those_who_audit(team):
    def types(role):
        found = client_of(team, role).get("/api/v1/events?limit=1000", consistency="linearizable").json["items"]
        return {event["type"].split(".")[1] for event in found}

    assert {"principal", "token"} <= types("auditor")
    assert types("reader") & {"principal", "token", "grant", "member", "cluster"} == set()


def test_a_version_comes_to_production_by_two_people_and_leaves_in_order(team, tmp_path):
    (tmp_path / "w.txt").write_text("weights")
    cli_as(team, "contributor", "push", tmp_path / "w.txt", "team/rank")
    for stage in ("candidate", "staging"):
        cli_as(team, "contributor", "stage", "set", "team/rank:1", stage, "--reason", "ready")
    alone = cli_as(team, "contributor", "stage", "set", "team/rank:1", "production", check=False)
    assert alone.returncode == 1 and "steward" in alone.stderr
    early = cli_as(team, "steward", "stage", "set", "team/rank:1", "production", check=False)
    assert early.returncode == 1 and "needs 1 approvals" in early.stderr
    own = cli_as(team, "contributor", "approval", "give", "team/rank:1", "production", check=False)
    assert own.returncode == 1
    cli_as(team, "steward", "approval", "give", "team/rank:1", "production", "--reason", "tested", at=team.west)
    assert "yes" in team.cli("approval", "list", "team/rank:1").stdout
    cli_as(team, "steward", "stage", "set", "team/rank:1", "production", "--reason", "go")
    team.wait_caught_up()
    for node in team.nodes:
        assert node.client().get("/api/v1/projects/team/models/rank/versions/1").json["stage"]["stage"] == "production"
    history = team.cli("stage", "history", "team/rank:1").stdout
    assert "steward" in history.splitlines()[-1] and "go" in history
    team.cli("alias", "set", "team/rank@live", 1)
    cli_as(team, "steward", "stage", "set", "team/rank:1", "deprecated", "--successor", "team/base:1")
    kept = cli_as(team, "steward", "stage", "set", "team/rank:1", "retired", check=False)
    assert kept.returncode == 1 and "@live" in kept.stderr
    assert "use team/base:1" in team.cli("show", "team/rank:1").stdout
    team.cli("alias", "remove", "team/rank@live")
    cli_as(team, "steward", "stage", "set", "team/rank:1", "retired")
    refused = team.cli("alias", "set", "team/rank@live", 1, check=False)
    assert refused.returncode == 1 and "used no more" in refused.stderr


def test_a_project_says_how_its_versions_live(team, tmp_path):
    lifecycle = {"stages": [{"name": "draft"}, {"name": "live"}], "transitions": [
        {"from": "draft", "to": "live", "gates": [{"metric": "f1", "comparison": ">=", "value": 0.9}]}]}
    file = tmp_path / "lifecycle.json"
    file.write_text(json.dumps(lifecycle))
    team.cli("project", "create", "own")
    (tmp_path / "w.txt").write_text("weights")
    team.cli("push", tmp_path / "w.txt", "own/rank")
    shown = team.cli("stage", "lifecycle", "own", "--set", file).stdout
    assert "live" in shown and '"value":0.9' in shown
    low = team.cli("stage", "set", "own/rank:1", "live", check=False)
    assert low.returncode == 1 and "no metric “f1”" in low.stderr
    team.cli("evaluate", "own/rank:1", "--metric", "f1=0.93", "--evidence", "https://ci.example/7")
    team.cli("stage", "set", "own/rank:1", "live")
    for slip in ({"transitions": [], "stages": [{"name": "draft", "serve": True}]},
                 {"stages": [{"name": "draft"}, {"name": "live"}],
                  "transitions": [{"from": "draft", "to": "live", "aprovals": 2}]}):
        answer = team.north.client().request("PUT", "/api/v1/projects/own/lifecycle", body=slip)
        assert answer.status == 400, answer


def test_the_last_administrator_stays(team):
    refused = team.cli("principal", "role", "administrator", "reader", check=False)
    assert refused.returncode == 1 and "last administrator" in refused.stderr


def test_a_report_says_what_is_known_and_what_is_not(team, tmp_path):
    (tmp_path / "README.md").write_text("# Rank\n")
    metadata = tmp_path / "metadata.json"
    metadata.write_text(json.dumps({"intended_use": "orders products", "metrics": {"ndcg": 0.4}}))
    team.cli("push", tmp_path / "README.md", "team/told", "--metadata", metadata)
    report = team.cli_json("report", "team/told")
    assert "metadata.risks" in report["missing"] and "metadata.intended_use" not in report["missing"]
    text = cli_as(team, "reader", "report", "team/told").stdout
    assert "orders products" in text and "missing (metadata.risks)" in text and "## 9. " in text
