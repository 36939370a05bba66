"""An older build beside this one: they work together, new commands wait for the last node, and nobody goes back after it."""

import os
import secrets
from pathlib import Path

import pytest

from guests import Guest, invite, let_all_issue, wait_for_role
from nodes import BINARY, register
from waiting import eventually

OLDER = os.environ.get("PEERAGE_OLDER_BINARY")

pytestmark = pytest.mark.skipif(not OLDER, reason="PEERAGE_OLDER_BINARY names no older build; Tests/run makes one")


@pytest.fixture
def older_cluster(idle_cluster):
    """Three nodes of the older build."""
    for node in idle_cluster.nodes:
        node.binary = Path(OLDER)
    let_all_issue(idle_cluster)
    return idle_cluster.start()


def write_everywhere(cluster, content):
    """One version by each node, read back at every other."""
    for writer in cluster.nodes:
        name = f"by-{writer.site}-{secrets.token_hex(3)}"
        register(writer.client(), "acme", name, {"a.bin": content})
        index = cluster.wait_caught_up()
        for reader in cluster.nodes:
            answer = reader.client().get(f"/api/v1/projects/acme/models/{name}/versions/1/files/a.bin")
            assert (answer.status, answer.body) == (200, content), (writer.name, reader.name)
    return index


def upgrade(cluster, node):
    assert node.stop() == 0
    node.binary = BINARY
    node.start().wait_ready()
    cluster.wait_caught_up()


def test_nodes_are_upgraded_one_after_the_other(older_cluster, report):
    cluster, content = older_cluster, os.urandom(300_000)
    write_everywhere(cluster, content)
    for node in (cluster.west, cluster.south):
        upgrade(cluster, node)
        write_everywhere(cluster, content)
        refused = cluster.cli("cluster", "add", "east-1", "--site", "east", "-o", os.devnull + "x", at=node, check=False)
        assert refused.returncode == 1 and "upgrade the others first" in refused.stderr, refused.stderr
    # The old node may lead the new ones, and they it.
    for _ in range(2):
        leader = cluster.leader()
        cluster.cli("cluster", "transfer", at=leader)
        eventually(lambda: cluster.leader() is not leader, "another node leads", within=10)
        write_everywhere(cluster, content)
    upgrade(cluster, cluster.north)
    cluster.wait_understood()
    index = write_everywhere(cluster, content)
    guest = Guest(cluster, "east-1", "east")
    try:
        guest.start(invite(cluster, "east-1", "east")).wait_ready()
        wait_for_role(cluster, "east-1", "learner")
    finally:
        guest.kill()
    report("states equal with old, mixed and new builds through index", index)


def test_an_older_build_does_not_come_back_after_the_last_upgrade(older_cluster):
    cluster = older_cluster
    for node in cluster.nodes:
        upgrade(cluster, node)
    cluster.wait_understood()
    cluster.west.stop()
    cluster.west.binary = Path(OLDER)
    cluster.west.start()
    eventually(
        lambda: not cluster.west.is_running or (cluster.west.log_text() and not cluster.west.is_ready()),
        "the older build does not serve", within=20,
    )
    write = cluster.north.client().post("/api/v1/projects", {"name": "still-there"})
    assert write.status == 201, write
    if cluster.west.is_running:
        cluster.west.kill()
    cluster.west.binary = BINARY
    cluster.west.start().wait_ready()
    cluster.wait_caught_up()
