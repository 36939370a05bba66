"""Stops and restarts that people plan, and the power cut that nobody planned."""

import os
import time

from nodes import register
from test_failover import Load, expect_all_acknowledged, prepare


def test_a_clean_stop_hands_leadership_over(cluster, report):
    prepare(cluster)
    with Load(cluster) as load:
        load.wait_for_writes(50)
        leader = cluster.leader()
        began = time.monotonic()
        assert leader.stop() == 0
        stopped = time.monotonic()
        load.wait_for_writes(100)
        leader.start().wait_ready()
        load.wait_for_writes(20)
    cluster.wait_caught_up()
    expect_all_acknowledged(cluster, load)
    ends = sorted(end for _, _, end in load.acknowledged)
    gap = max(later - earlier for earlier, later in zip(ends, ends[1:]))
    report("clean stop", f"{(stopped - began) * 1000:.0f} ms; longest pause between writes {gap * 1000:.0f} ms")
    assert load.failed_writes == []
    assert load.failed_reads == []


def test_a_rolling_restart_fails_nothing(cluster, report):
    prepare(cluster)
    with Load(cluster) as load:
        load.wait_for_writes(20)
        for node in cluster.nodes:
            assert node.stop() == 0
            node.start().wait_ready()
            load.wait_for_writes(50)
    cluster.wait_caught_up()
    expect_all_acknowledged(cluster, load)
    report("rolling restart, writes acknowledged / failed", f"{len(load.acknowledged)} / {len(load.failed_writes)}")
    assert load.failed_writes == []
    assert load.failed_reads == []


def test_everything_acknowledged_survives_kill_9_of_all(cluster, report):
    prepare(cluster)
    content = os.urandom(3_000_000)
    version = register(cluster.leader().client(), "load", "survivor", {"b/c.bin": content}, aliases=["production"])
    with Load(cluster) as load:
        load.wait_for_writes(300)
        for node in cluster.nodes:
            node.process.kill()
        load.stopping.set()
    for node in cluster.nodes:
        node.process.wait()
        node.process = None
    began = time.monotonic()
    cluster.start()
    cluster.wait_caught_up()
    report("restart to all nodes equal", f"{(time.monotonic() - began) * 1000:.0f} ms")
    report("writes acknowledged before and present after", len(load.acknowledged))
    expect_all_acknowledged(cluster, load)
    for node in cluster.nodes:
        client = node.client()
        path = "/api/v1/projects/load/models/survivor/versions/production"
        assert client.get(path).json["digest"] == version["digest"]
        assert client.get(f"{path}/files/b/c.bin").body == content
