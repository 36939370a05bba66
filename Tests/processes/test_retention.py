"""Versions are deleted, taken back, held and purged; what was purged does not come back, and its bytes go."""

import os
import secrets
import time

import pytest

from clocks import set_clock
from nodes import Cluster, register
from test_collect import stored_bytes
from test_scrub import metric
from waiting import eventually

# Chunks that nothing names are looked for every second.
COLLECT_HOURS = "0.0003"


@pytest.fixture
def collecting_cluster(tmp_path):
    cluster = Cluster(tmp_path / "cluster")
    for node in cluster.nodes:
        node.environment = {"PEERAGE_COLLECT_HOURS": COLLECT_HOURS, "PEERAGE_STAGED_DAYS": "0.00012"}
    cluster.start()
    yield cluster.wait_understood()
    cluster.stop()


def test_a_deleted_version_is_gone_everywhere_and_comes_back_whole(shared_cluster, tmp_path):
    cluster = shared_cluster.wait_understood()
    content = os.urandom(300_000)
    for number in range(2):
        register(cluster.north.client(), "attic", "chair", {"a.bin": content, "b.bin": bytes([number])})
    early = cluster.cli("delete", "attic/chair@main", "--reason", "r", check=False)
    assert early.returncode == 2
    shown = cluster.cli("delete", "attic/chair:2", "--reason", "broken leg", at=cluster.south)
    assert "can be taken back until" in shown.stdout
    cluster.wait_caught_up()
    for node in cluster.nodes:
        assert node.client().get("/api/v1/projects/attic/models/chair/versions/2").status == 404
        assert node.client().get("/api/v1/projects/attic/models/chair/versions/latest").json["number"] == 1
    assert "broken leg" in cluster.cli("deleted", "attic/chair").stdout
    again = cluster.cli("alias", "set", "attic/chair@best", 2, check=False)
    assert again.returncode == 1 and "it was deleted" in again.stderr
    cluster.cli("undelete", "attic/chair:2", "--reason", "mended", at=cluster.west)
    cluster.cli("pull", "attic/chair:2", "-o", tmp_path / "chair", at=cluster.south)
    assert (tmp_path / "chair/a.bin").read_bytes() == content


def test_what_is_held_stays(shared_cluster):
    cluster = shared_cluster.wait_understood()
    register(cluster.north.client(), "attic", "table", {"a.bin": b"1"})
    cluster.cli("hold", "set", "attic/table:1", "--reason", "case 7")
    assert "case 7" in cluster.cli("hold", "show", "attic/table:1").stdout
    refused = cluster.cli("delete", "attic/table:1", "--reason", "r", check=False)
    assert refused.returncode == 1 and "case 7" in refused.stderr
    cluster.cli("hold", "release", "attic/table:1", "--reason", "closed")
    cluster.cli("delete", "attic/table:1", "--reason", "r")
    gone = cluster.cli("show", "attic/table", check=False)
    assert gone.returncode == 1


def test_what_is_purged_is_gone_with_its_bytes_and_does_not_come_back(collecting_cluster, report):
    cluster = collecting_cluster
    keep, leak = os.urandom(2_000_000), os.urandom(6_000_000)
    register(cluster.north.client(), "attic", "safe", {"a.bin": keep})
    register(cluster.north.client(), "attic", "safe", {"a.bin": keep, "leak.bin": leak})
    index = cluster.wait_caught_up()
    whole = len(keep) + len(leak)
    # A majority answers for the bytes; the third may still be fetching them.
    eventually(lambda: all(stored_bytes(node) >= whole for node in cluster.nodes), "all hold the bytes", within=30)
    cluster.west.kill()
    cluster.cli("delete", "attic/safe:2", "--reason", "a customer's data", "--grace-days", 0)

    def is_purged():
        found = cluster.north.client().get("/api/v1/projects/attic/models/safe/deleted").json["items"]
        return found and found[0]["purged"]

    eventually(is_purged, "the version is purged", within=90)
    assert cluster.cli("undelete", "attic/safe:2", "--reason", "r", check=False).returncode == 1
    cluster.west.start().wait_ready()
    assert cluster.wait_caught_up() > index

    def are_collected(node):
        # Nodes trust their clocks only as far as the cluster's newest command.
        cluster.north.client().post("/api/v1/projects", {"name": f"later-{secrets.token_hex(4)}"})
        return metric(node, "peerage_collected_chunks_total") > 50

    for node in cluster.nodes:
        eventually(lambda: are_collected(node), f"{node.name} collects, also where nobody was then", within=60)
    # A start begins new packs, so that the old ones can go.
    cluster.south.stop()
    cluster.south.start().wait_ready()
    eventually(
        lambda: stored_bytes(cluster.south) < whole - len(leak) // 2,
        lambda: f"the bytes are gone: {stored_bytes(cluster.south)} of {whole}\n{cluster.south.log_tail()}", within=60)
    for node in cluster.nodes:
        answer = node.client().get("/api/v1/projects/attic/models/safe/versions/1/files/a.bin")
        assert answer.body == keep
        assert node.client().get("/api/v1/projects/attic/models/safe/versions/2").status == 404
    report("bytes before and after", f"{whole} and {stored_bytes(cluster.south)}")


def test_a_model_and_its_project_go_once_nothing_is_left(shared_cluster):
    cluster = shared_cluster.wait_understood()
    register(cluster.north.client(), "cellar", "crate", {"a.bin": b"1"})
    refused = cluster.cli("delete", "cellar/crate", "--reason", "r", check=False)
    assert refused.returncode == 1 and "delete them first" in refused.stderr
    cluster.cli("delete", "cellar/crate:1", "--reason", "r", "--grace-days", 0)
    # The leader purges every half minute.
    eventually(
        lambda: cluster.cli("delete", "cellar/crate", "--reason", "empty", check=False).returncode == 0,
        "the model is deleted", 60)
    cluster.cli("project", "delete", "cellar", "--reason", "flooded", at=cluster.south)
    for node in cluster.nodes:
        answer = node.client().get("/api/v1/projects/cellar", consistency="linearizable")
        assert answer.status == 404 and "flooded" in answer.json["detail"]
    again = cluster.cli("project", "create", "cellar", check=False)
    assert again.returncode == 1 and "taken" in again.stderr


def test_rules_are_followed_as_days_go_by(tmp_path):
    cluster = Cluster(tmp_path / "cluster")
    cluster.start()
    try:
        cluster.wait_understood()
        for number in range(4):
            register(cluster.north.client(), "attic", "aged", {"a.bin": bytes([number])})
        cluster.cli("alias", "set", "attic/aged@keeper", 2)
        rules = tmp_path / "rules.json"
        rules.write_text('{"rules": [{"name": "old", "older_than_days": 30, "keep_newest": 1, "grace_days": 7}]}')
        cluster.cli("retention", "set", "attic", rules)
        plan = "/api/v1/projects/attic/retention/plan"
        assert [decision["deletes"] for decision in cluster.north.client().get(plan).json["items"]] == [False] * 4
        deleted = "/api/v1/projects/attic/models/aged/deleted"

        def go_on(days):
            cluster.stop()
            for node in cluster.nodes:
                set_clock(node, tmp_path, days)
            cluster.start()

        go_on(31)
        eventually(lambda: len(cluster.south.client().get(deleted).json["items"]) == 2, "two went by rule", within=90)
        gone = cluster.south.client().get(deleted).json["items"]
        assert [(version["number"], version["by"], version["purged"]) for version in gone] == [
            (3, "peerage", False), (1, "peerage", False)]
        assert all("“old”" in version["reason"] for version in gone)
        left = cluster.west.client().get("/api/v1/projects/attic/models/aged/versions").json["items"]
        assert [version["number"] for version in left] == [4, 2]
        go_on(39)
        eventually(
            lambda: [version["purged"] for version in cluster.south.client().get(deleted).json["items"]] == [True] * 2,
            "they are purged", within=90)
    finally:
        cluster.stop()


def test_one_clock_that_is_wrong_deletes_nothing(tmp_path):
    cluster = Cluster(tmp_path / "cluster")
    set_clock(cluster.north, tmp_path, 60)
    cluster.start()
    try:
        cluster.wait_understood()
        for number in range(3):
            register(cluster.south.client(), "attic", "aged", {"a.bin": bytes([number])})
        cluster.cli("delete", "attic/aged:1", "--reason", "r", "--grace-days", 30, at=cluster.south)
        rules = tmp_path / "rules.json"
        rules.write_text('{"rules": [{"name": "old", "older_than_days": 30, "keep_newest": 1}]}')
        cluster.cli("retention", "set", "attic", rules, at=cluster.south)

        def north_leads():
            if cluster.leader() != cluster.north:
                cluster.cli("cluster", "transfer", "north-1", at=cluster.leader(), check=False)
            return cluster.leader() == cluster.north

        eventually(north_leads, "the node with the wrong clock leads", within=30)
        time.sleep(70)
        assert cluster.leader() == cluster.north
        deleted = cluster.south.client().get("/api/v1/projects/attic/models/aged/deleted").json["items"]
        assert [(version["number"], version["purged"]) for version in deleted] == [(1, False)]
    finally:
        cluster.stop()
