"""Nodes come into a running cluster, vote, and go out of it; what was removed does not come back."""

import json
import os
import secrets
import shutil

import pytest

from guests import Guest, invite, let_all_issue, promote, status_of, wait_for_role
from nodes import register
from waiting import eventually


@pytest.fixture
def open_cluster(idle_cluster):
    """Three nodes that let others join."""
    let_all_issue(idle_cluster)
    idle_cluster.start()
    idle_cluster.wait_understood()
    return idle_cluster


@pytest.fixture
def guests():
    """Guests made by a test, ended with it."""
    made = []
    yield made
    for guest in made:
        if guest.is_running:
            guest.kill()


def join(cluster, guests, name, site="east"):
    guest = Guest(cluster, name, site)
    guests.append(guest)
    guest.start(invite(cluster, name, site)).wait_ready()
    return guest


def test_a_node_joins_learns_votes_and_replaces_another(open_cluster, guests, report):
    cluster = open_cluster
    content = os.urandom(3 << 20)
    register(cluster.north.client(), "acme", "ranker", {"weights.bin": content})
    guest = join(cluster, guests, "east-1")
    learner = wait_for_role(cluster, "east-1", "learner")
    assert learner["site"] == "east" and learner["endpoint"] == guest.url
    # It serves what was registered before it came.
    path = "/api/v1/projects/acme/models/ranker/versions/1/files/weights.bin"
    assert guest.client().get(path).body == content
    promote(cluster, "east-1")
    cluster.west.kill()
    gone = json.loads(cluster.cli("cluster", "remove", "west-1", "--json").stdout)
    assert gone["role"] == "removed"
    assert status_of(cluster, "west-1") is None
    # Of three voters one may die again: the guest counts.
    cluster.south.kill()
    written = cluster.cli_json("push", __file__, "acme/after", at=guest)
    assert written["number"] == 1
    cluster.south.start().wait_ready()
    report("nodes", ", ".join(node["id"] for node in cluster.cli_json("cluster", "status")["nodes"]))


def test_a_joined_node_restarts_from_its_data_directory_alone(open_cluster, guests):
    cluster = open_cluster
    guest = join(cluster, guests, "east-1")
    promote(cluster, "east-1")
    wait_for_starts(cluster, 4, 1)
    guest.kill()
    guest.start().wait_ready()
    assert wait_for_role(cluster, "east-1", "voter")
    wait_for_starts(cluster, 4, 2)


def wait_for_starts(cluster, member, count):
    """Waits until so many starts of a member are in the audit log, none of them refused."""
    def starts():
        records = cluster.north.client().items("/api/v1/audit")
        told = ("member.start", str(member))
        return [record["outcome"] for record in records if (record["action"], record["object"]) == told]

    eventually(lambda: starts() == ["accepted"] * count, lambda: f"{count} starts are known: {starts()}", within=10)


def test_a_node_at_anothers_address_is_not_let_in_and_its_invitation_stays_good(open_cluster, guests):
    cluster = open_cluster
    invitation = invite(cluster, "east-1", "east")
    guest = Guest(cluster, "east-1", "east")
    guests.append(guest)
    own, guest.port = guest.port, cluster.north.port
    assert guest.start(invitation).process.wait(timeout=60) != 0
    assert "is an address of north-1" in guest.log.read_text()
    assert status_of(cluster, "east-1") is None
    guest.port = own
    guest.start(invitation).wait_ready()
    assert wait_for_role(cluster, "east-1", "learner")


def test_a_transfer_says_whether_it_came_about(open_cluster):
    cluster = open_cluster
    leader = cluster.leader()
    first = next(node for node in cluster.nodes if node is not leader)
    first.pause()
    try:
        refused = cluster.cli("cluster", "transfer", first.name, at=leader, check=False)
        assert refused.returncode != 0 and "did not take it in time" in refused.stderr, refused
    finally:
        first.resume()
    # It may hear only now that it was to lead, and do so.
    eventually(lambda: first.gauges()["raft_has_leader"], "it has a leader, or is one", within=20)
    cluster.wait_caught_up()
    leader = cluster.leader()
    second = next(node for node in cluster.nodes if node not in (leader, first))
    told = cluster.cli_json("cluster", "transfer", second.name, at=leader)
    assert [node["id"] for node in told["nodes"] if node["leader"]] == [second.name]


def test_a_node_restarts_although_two_others_were_given_one_address(open_cluster, guests):
    """A mistake of theirs, in the list of nodes that it was given when it joined."""
    guest = join(open_cluster, guests, "east-1")
    guest.kill()
    place = guest.data / "place.json"
    told = json.loads(place.read_text())
    told["topology"]["nodes"][1]["api"] = told["topology"]["nodes"][2]["api"]
    place.write_text(json.dumps(told))
    guest.start().wait_ready()


def test_an_invitation_admits_one_node_once(open_cluster, guests, tmp_path):
    cluster = open_cluster
    invitation = invite(cluster, "east-1", "east")
    assert oct(invitation.stat().st_mode)[-3:] == "600"
    first = Guest(cluster, "east-1", "east")
    guests.append(first)
    first.start(invitation).wait_ready()
    # Another machine with the same file.
    thief = Guest(cluster, "east-1", "east", folder="thief")
    guests.append(thief)
    thief.start(invitation)
    assert thief.wait_for_exit() not in (0, None)
    assert "used already" in thief.log_text()
    # A token that nobody gave.
    forged = tmp_path / "forged"
    forged.write_text(json.dumps(json.loads(invitation.read_text()) | {"token": "peerage-join_" + secrets.token_hex(32)}))
    stranger = Guest(cluster, "east-2", "east")
    guests.append(stranger)
    stranger.start(forged)
    assert stranger.wait_for_exit() not in (0, None)
    assert "no such invitation" in stranger.log_text()
    again = cluster.cli("cluster", "add", "east-1", "--site", "east", "-o", tmp_path / "x", check=False)
    assert again.returncode == 1 and "remove it first" in again.stderr


def test_a_node_without_the_authority_sends_others_away(cluster, guests, report):
    cluster.wait_understood()
    guest = Guest(cluster, "east-1", "east")
    guests.append(guest)
    guest.start(invite(cluster, "east-1", "east"))
    assert guest.wait_for_exit(60) not in (0, None)
    assert "--authority" in guest.log_text()


def test_a_removed_node_is_refused_stops_and_does_not_start_again(open_cluster, guests):
    cluster = open_cluster
    guest = join(cluster, guests, "east-1")
    guest.kill()
    cluster.cli("cluster", "remove", "east-1")
    guest.start()
    eventually(lambda: "this node was removed from the cluster" in guest.log_text(), guest.log_tail, within=20)
    assert not guest.is_ready()
    guest.kill()
    guest.start()
    assert guest.wait_for_exit() not in (0, None)
    assert "removed from the cluster" in guest.log_tail(3)
    # Under a new invitation and with an empty directory it is welcome, as another member.
    shutil.rmtree(guest.data)
    guest.start(invite(cluster, "east-1", "east")).wait_ready()
    wait_for_role(cluster, "east-1", "learner")
    # Terms did not grow by what it did.
    assert len({node["term"] for node in cluster.cli_json("cluster", "status")["nodes"]}) == 1


def test_a_running_node_that_is_removed_stops(open_cluster, guests):
    cluster = open_cluster
    guest = join(cluster, guests, "east-1")
    wait_for_role(cluster, "east-1", "learner")
    cluster.cli("cluster", "remove", "east-1")
    eventually(lambda: not guest.is_ready(), "the removed node serves no more", within=20)
    assert "was removed from the cluster" in guest.log_text()
    cluster.wait_caught_up()


def test_an_old_copy_of_a_disk_is_refused(open_cluster, tmp_path):
    cluster = open_cluster
    wait_for_starts(cluster, 3, 1)
    cluster.west.stop()
    shutil.copytree(cluster.west.data, tmp_path / "copy")
    cluster.west.start().wait_ready()
    wait_for_starts(cluster, 3, 2)
    cluster.west.stop()
    cluster.west.start(data=tmp_path / "copy")
    said = eventually(
        lambda: "copy" in (problem := status_of(cluster, "west-1", at=cluster.north)["problem"]) and problem, "it says what it is",
        within=20,
    )
    assert "copy of an older disk" in said
    assert not cluster.west.is_ready()
    cluster.west.kill()
    cluster.west.start().wait_ready()
    cluster.wait_caught_up()


def test_the_leader_removes_itself(open_cluster):
    cluster = open_cluster
    leader = cluster.leader()
    others = [node for node in cluster.nodes if node is not leader]
    cluster.cli("cluster", "remove", leader.name, at=others[0])
    eventually(lambda: not leader.is_ready(), "the removed leader serves no more", within=20)
    eventually(
        lambda: others[0].client().post("/api/v1/projects", {"name": f"p{secrets.token_hex(4)}"}).status == 201,
        "writes go on", within=10,
    )
    refused = cluster.cli("cluster", "remove", others[0].name, at=others[1], check=False)
    assert refused.returncode == 0, refused.stderr
    last = cluster.cli("cluster", "remove", others[1].name, at=others[1], check=False)
    assert last.returncode == 1 and "last voter" in last.stderr


def test_removing_what_the_cluster_cannot_do_without_needs_force(open_cluster):
    cluster = open_cluster
    cluster.south.kill()
    refused = cluster.cli("cluster", "remove", "west-1", at=cluster.north, check=False)
    assert refused.returncode == 1 and "could not go on" in refused.stderr, refused.stderr
