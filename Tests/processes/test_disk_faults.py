"""Disks that fill up and disks that fail, while recorded clients work: a node that cannot write acknowledges nothing,
says what is wrong, and does no harm when it can again. (Another disk that fills is in test_faults.py.)"""

import hashlib
import os
import time

import pytest

from client import Unreachable
from disks import FailingDisk, SmallDisk
from histories import DONE
from nodes import register
from recorded_load import wait_for_writes_without
from test_network_faults import expect_no_failures, hold, others, recorded, report_pause
from waiting import eventually

DISK_MEBIBYTES = 224
# The store allocates some 9 MiB for its write-ahead log when it opens one: so many are to be filled, by versions that
# are nearly all metadata.
FILLER = b"filler"
HEAVY_METADATA = {"filler": "x" * 60_000}
# Of 224 MiB a fiftieth is kept free of chunks.
ROOM_FOR_RECORDS = 3
NOTICE_SECONDS = 30
# While bytes are refused at a majority, who registers new ones waits; a client's patience must be longer.
FILL_SECONDS = 60
# The store looks for space every five seconds, and the node has then missed a while of entries.
RESUME_SECONDS = 30


@pytest.fixture
def small_disks(placed_cluster):
    """A running cluster whose nodes' disks can be filled: node → its disk."""
    disks = {node: SmallDisk(node, DISK_MEBIBYTES) for node in placed_cluster.nodes}
    try:
        refusal = next(iter(disks.values())).refusal
        if refusal:
            pytest.skip(f"no file system may be mounted here: {refusal}")
        placed_cluster.start()
        yield disks
    finally:
        placed_cluster.stop()
        for disk in disks.values():
            disk.close()


def is_unwell(node):
    """Whether it says that it is not well; not what it does not answer."""
    gauges = node.gauges()
    return gauges is not None and not gauges["healthy"]


def prepare_to_fill(cluster):
    """The bytes of the versions that fill logs are everywhere before any disk is full."""
    for node in cluster.nodes:
        digest = hashlib.sha256(FILLER).hexdigest()
        answer = node.client().request("PUT", f"/api/v1/projects/load/uploads/{digest}", body=FILLER)
        assert answer.status == 201, answer


def wait_until_full(node, at):
    """Until the node has no space for its log any more, while another is asked for heavy writes."""
    client = at.client()
    file = {"path": "filler", "size": len(FILLER), "sha256": hashlib.sha256(FILLER).hexdigest()}
    begun = time.monotonic()

    def is_full():
        assert node.is_running, f"{node.name} ended\n{node.log_tail()}"
        if is_unwell(node):
            return "the disk is full" in (node.status() or {"problem": ""})["problem"]
        try:
            client.request(
                "POST", "/api/v1/projects/load/models/filler/versions", {"files": [file], "metadata": HEAVY_METADATA})
        except Unreachable:
            pass  # it may need the full one
        return False

    eventually(is_full, lambda: f"{node.name} says that its disk is full\n{node.log_tail()}", FILL_SECONDS)
    return time.monotonic() - begun


def wait_until_well(nodes):
    for node in nodes:
        eventually(
            lambda: node.is_running and not is_unwell(node),
            lambda: f"{node.name} resumes by itself\n{node.log_tail()}", within=RESUME_SECONDS)


def test_a_disk_without_room_for_bytes_refuses_them_and_takes_records(placed_cluster, small_disks, report):
    cluster = placed_cluster
    with recorded(cluster, report) as load:
        leader = cluster.leader()
        other = others(cluster, leader)[0]
        load.wait_for_writes(50)
        small_disks[leader].fill(leave_mebibytes=ROOM_FOR_RECORDS)
        said = eventually(lambda: last_words(leader)["problem"], "it says that its disk is full", NOTICE_SECONDS)
        report("the leader says", said)
        content = os.urandom(100_000)
        answer = leader.client().request(
            "PUT", f"/api/v1/projects/faults/uploads/{hashlib.sha256(content).hexdigest()}", body=content)
        report("an upload is answered", answer)
        load.wait_for_writes(50)
        # Bytes are taken elsewhere, by the two others.
        register(other.client(), "faults", "elsewhere", {"weights": os.urandom(100_000)})
        status = last_words(leader)
        small_disks[leader].free()
        eventually(
            lambda: not last_words(leader)["problem"], lambda: f"it resumes\n{leader.log_tail()}", RESUME_SECONDS)
        register(leader.client(), "faults", "again", {"weights": os.urandom(100_000)})
    expect_no_failures(load)
    assert "the disk is full" in said and "kept for records" in said
    assert answer.status == 507 and answer.json["title"] == "Disk full", answer
    assert status["healthy"] and status["leader"], f"without room for bytes it is no leader any more: {status}"


def test_a_disk_that_fills_at_the_leader_stops_nobody_else(placed_cluster, small_disks, report):
    cluster = placed_cluster
    with recorded(cluster, report) as load:
        prepare_to_fill(cluster)
        leader = cluster.leader()
        begun = time.monotonic()
        small_disks[leader].fill()
        wait_until_full(leader, at=others(cluster, leader)[0])
        said = last_words(leader)
        wait_for_writes_without(leader, load, 50)
        report_pause(report, load, begun)
        freed = time.monotonic()
        small_disks[leader].free()
        wait_until_well([leader])
        report("resumed", f"{time.monotonic() - freed:.1f} s after there was space")
    assert leader.is_running
    expect_no_failures(load)
    assert not said["leader"], f"it says that it leads, although it can write nothing: {said}"


def test_disks_that_fill_at_a_majority_lose_nothing_and_all_resume_by_themselves(placed_cluster, small_disks, report):
    cluster = placed_cluster
    with recorded(cluster, report, patience=2 * FILL_SECONDS + RESUME_SECONDS) as load:
        prepare_to_fill(cluster)
        leader = cluster.leader()
        full = [leader, others(cluster, leader)[0]]
        for node in full:
            small_disks[node].fill()
        whole = next(node for node in cluster.nodes if node not in full)
        for node in full:
            report(f"{node.name} is full", f"after {wait_until_full(node, at=whole):.1f} s of heavy writes")
        acknowledged = len(load.acknowledged)
        for node in cluster.nodes:
            answer = node.client().get("/api/v1/projects/load/models/read", consistency="stale")
            assert answer.status == 200, f"{node.name} does not answer reads: {answer}"
        hold(load)
        assert len(load.acknowledged) == acknowledged, "writes were acknowledged without a majority of disks"
        freed = time.monotonic()
        for node in full:
            small_disks[node].free()
        wait_until_well(cluster.nodes)
        report("all resumed", f"{time.monotonic() - freed:.1f} s after there was space")
    assert all(node.is_running for node in full)
    expect_no_failures(load)


@pytest.mark.parametrize("who", ["leader", "follower"])
@pytest.mark.parametrize("order", ["write", "sync", "sync-once"])
def test_a_disk_that_fails_is_not_believed_any_more(placed_cluster, tmp_path, report, order, who):
    if FailingDisk.refusal():
        pytest.skip(FailingDisk.refusal())
    cluster = placed_cluster
    disks = {node: FailingDisk(node, tmp_path) for node in cluster.nodes}
    cluster.start()
    with recorded(cluster, report) as load:
        leader = cluster.leader()
        node = leader if who == "leader" else others(cluster, leader)[0]
        disks[node].begin(order)
        # After that: a write that was invoked before may have been stored before.
        begun = time.monotonic()
        eventually(
            lambda: not node.is_running or is_unwell(node),
            lambda: f"{node.name} stops\n{node.log_tail()}", NOTICE_SECONDS)
        wait_for_writes_without(node, load, 50)
        report_pause(report, load, begun)
        report("failed writes or syncs", disks[node].failures)
        assert disks[node].failures
        said = last_words(node)
        expect_nothing_acknowledged(load, node, begun)
        disks[node].end()
        restart(node)
    register(node.client(), "faults", "after", {"a": b"1"})
    expect_no_failures(load)
    # A disk that failed once may have lost anything: that it works again, as after "sync-once", is no reason to go on.
    assert not said["healthy"] and "the store failed" in said["problem"], said
    assert not said["leader"], f"it says that it leads, although it has stopped: {said}"


def last_words(node):
    """What the node says of itself; of one that ended, the end of its log."""
    return node.status() or {"healthy": node.is_running, "leader": False, "problem": node.log_tail()}


def expect_nothing_acknowledged(load, node, begun):
    lies = [
        one for one in load.history.operations
        if one.is_write and one.outcome == DONE and one.node == node.name and one.invoked >= begun
    ]
    assert lies == [], "\n".join(map(str, lies[:10]))


def restart(node):
    if node.is_running:
        node.kill()
    node.process = None
    node.start().wait_ready()
