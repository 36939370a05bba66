"""Links that break, slow down and lose, and processes that stop or die at any moment, while recorded clients work:
every history is checked, whatever else a test is about."""

import os
import random
import threading
import time
from contextlib import contextmanager

import pytest

from fault_schedule import beside, upload_at
from histories import DONE
from recorded_load import ALIASES, MODELS, RecordedLoad, wait_for_writes_without
from waiting import eventually

LONG = bool(os.environ.get("PEERAGE_LONG"))
STANDSTILL_SECONDS = 60 if LONG else 6
# How long a fault of no natural length lasts: several elections.
FAULT_SECONDS = 4
KILL_ROUNDS = 20 if LONG else 6


@contextmanager
def recorded(cluster, report, **options):
    """A load under which the test does its worst. Afterwards everything is checked, and the figures are printed."""
    with RecordedLoad(cluster, **options) as load:
        load.wait_for_writes(50)
        yield load
        load.wait_for_writes(50)
        report("checked", "; ".join(f"{name}: {value}" for name, value in load.verify().items()))


def others(cluster, *nodes):
    return [node for node in cluster.nodes if node not in nodes]


def newest_term(cluster):
    told = [node.gauges() for node in cluster.nodes]
    return max(gauges["raft_term"] for gauges in told if gauges)


def hold(load, seconds=FAULT_SECONDS):
    """Leaves a fault as it is for so long; a load that broke ends it at once."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not load.crashes:
        load.stopping.wait(0.05)


def report_pause(report, load, begun):
    report("fault to first write accepted", f"{load.milliseconds_to_first_write_after(begun):.0f} ms")


def expect_no_failures(load):
    assert load.failed_writes == []
    assert load.failed_reads == []


# Splits

def test_a_leader_cut_off_from_both_is_replaced_and_serves_nothing_that_needs_a_majority(networked_cluster, report):
    cluster, links = networked_cluster, networked_cluster.network
    with recorded(cluster, report) as load:
        leader = cluster.leader()
        begun = time.monotonic()
        links.isolate(leader.name)
        alone = load.session_at(leader)
        refused = [
            load.move(alone, MODELS[0], ALIASES[0]),
            load.look_up(alone, MODELS[0], ALIASES[0], is_linearizable=True),
        ]
        assert [one.outcome == DONE for one in refused] == [False, False], [str(one) for one in refused]
        stale = leader.client().get("/api/v1/projects")
        assert (stale.status, stale.headers.get("peerage-stale")) == (200, "true")
        assert not leader.gauges()["raft_is_leader"]
        load.wait_for_writes(50)
        links.restore()
    report_pause(report, load, begun)
    expect_no_failures(load)


def test_a_follower_cut_off_from_both_disturbs_nobody_when_it_returns(networked_cluster, report):
    cluster, links = networked_cluster, networked_cluster.network
    with recorded(cluster, report) as load:
        leader, term = cluster.leader(), newest_term(cluster)
        follower = others(cluster, leader)[0]
        links.isolate(follower.name)
        hold(load)
        assert not follower.gauges()["raft_has_leader"]
        links.restore()
        eventually(lambda: follower.gauges()["raft_has_leader"], "the follower hears of its leader", within=20)
    assert (cluster.leader(), newest_term(cluster)) == (leader, term)
    expect_no_failures(load)


def leader_to_follower(leader, followers):
    return [(leader, followers[0])]


def follower_to_leader(leader, followers):
    return [(followers[0], leader)]


def leader_to_both(leader, followers):
    return [(leader, follower) for follower in followers]


def both_to_leader(leader, followers):
    return [(follower, leader) for follower in followers]


@pytest.mark.parametrize("direction", [leader_to_follower, follower_to_leader, leader_to_both, both_to_leader])
def test_a_one_way_link_still_ends_with_a_leader(networked_cluster, report, direction):
    cluster, links = networked_cluster, networked_cluster.network
    with recorded(cluster, report) as load:
        leader, term = cluster.leader(), newest_term(cluster)
        followers = others(cluster, leader)
        begun = time.monotonic()
        for source, target in direction(leader, followers):
            links.cut_one_way(source.name, target.name)
        hold(load)
        load.wait_for_writes(50)
        report_pause(report, load, begun)
        links.restore()
    report("terms begun", newest_term(cluster) - term)
    # One election, and one more should two stand at once.
    assert newest_term(cluster) <= term + 2
    expect_no_failures(load)


@pytest.mark.parametrize("leads", ["the bridge", "an end"])
def test_a_bridge_between_two_that_cannot_see_each_other(networked_cluster, report, leads):
    cluster, links = networked_cluster, networked_cluster.network
    with recorded(cluster, report) as load:
        leader, term = cluster.leader(), newest_term(cluster)
        first, second = others(cluster, leader)
        cut = (first, second) if leads == "the bridge" else (leader, first)
        links.cut(tuple(node.name for node in cut))
        hold(load, 2 * FAULT_SECONDS)
        report("terms begun", newest_term(cluster) - term)
        # Whoever is cut off from the leader hears from the bridge that there is one.
        assert (cluster.leader(), newest_term(cluster)) == (leader, term)
        links.restore()
    expect_no_failures(load)


@pytest.mark.parametrize("flaps", ["one link of the leader", "all links of a follower"])
def test_a_flapping_link_does_not_inflate_terms(networked_cluster, report, flaps):
    cluster, links = networked_cluster, networked_cluster.network
    generator = random.Random(12)
    with recorded(cluster, report) as load:
        leader, term = cluster.leader(), newest_term(cluster)
        follower = others(cluster, leader)[0]
        pairs = [(leader.name, follower.name)] if flaps.startswith("one") else links.pairs_of(follower.name)
        end = time.monotonic() + 2 * FAULT_SECONDS
        flapped = 0
        while time.monotonic() < end:
            links.cut(*pairs)
            hold(load, generator.uniform(0.1, 1.5))
            links.mend(*pairs)
            hold(load, generator.uniform(0.05, 0.5))
            flapped += 1
        links.restore()
    report("times the link went down", flapped)
    assert (cluster.leader(), newest_term(cluster)) == (leader, term)
    expect_no_failures(load)


# Lines that are slow, bad or narrow

def test_400_ms_of_latency_with_jitter_and_5_percent_loss(networked_cluster, report):
    cluster, links = networked_cluster, networked_cluster.network
    with recorded(cluster, report, patience=30, attempt_timeout=10) as load:
        term = newest_term(cluster)
        links.set_all(delay=0.18, jitter=0.04, loss=0.05, reordered=0.02, duplicated=0.01)
        begun = time.monotonic()
        load.wait_for_writes(20)
        hold(load, 4 * FAULT_SECONDS)
        latencies = sorted(end - begin for _, begin, end in load.acknowledged if begin >= begun)
        report("writes acknowledged meanwhile", len(latencies))
        report("median and slowest", f"{latencies[len(latencies) // 2]:.2f} s, {latencies[-1]:.2f} s")
        report("terms begun", newest_term(cluster) - term)
        links.restore()
    expect_no_failures(load)


@pytest.mark.parametrize("narrow", ["a follower's line", "both lines of the leader"])
def test_narrow_lines_full_of_bytes_lose_no_election_and_pause_writes_under_a_second(networked_cluster, report, narrow):
    cluster, links = networked_cluster, networked_cluster.network
    with recorded(cluster, report) as load:
        leader, term = cluster.leader(), newest_term(cluster)
        pairs = links.pairs_of(leader.name)[:1 if narrow.startswith("a follower") else 2]
        both_ways = [ends for pair in pairs for ends in (pair, pair[::-1])]
        # A quarter of a second of queue: where there is more, what waits in it is later than heartbeats may be.
        links.set(both_ways, bytes_per_second=125_000, queue_bytes=32 << 10)
        begun, carried = time.monotonic(), links.counts()
        with beside(upload_at, leader):
            hold(load, 2 * FAULT_SECONDS)
            now = links.counts()
            links.restore()
        assert (cluster.leader(), newest_term(cluster)) == (leader, term)
        ends = sorted(end for _, begin, end in load.acknowledged if begin >= begun)
        longest = max(later - earlier for earlier, later in zip(ends, ends[1:]))
        report("writes meanwhile, longest pause", f"{len(ends)}, {longest * 1000:.0f} ms")
        frames = [now[one][0] - carried[one][0] for one in both_ways]
        report("frames over the narrow lines", frames)
    # The lines were full: frames have 1,500 bytes.
    assert max(frames) * 1_500 > 125_000 * FAULT_SECONDS
    assert longest < 1
    expect_no_failures(load)


# Processes

def test_a_leader_that_was_stopped_serves_nothing_stale_when_it_wakes(placed_cluster, report):
    cluster = placed_cluster.start()
    with recorded(cluster, report) as load:
        leader = cluster.leader()
        sessions = [load.session_at(leader, patience=STANDSTILL_SECONDS + 30) for _ in range(8)]
        for session in sessions:  # so that it has a connection on which a request can wait
            load.look_up(session, MODELS[0], ALIASES[0])
        leader.pause()
        try:
            wait_for_writes_without(leader, load, 100)
            hold(load, STANDSTILL_SECONDS)
            threads = ask_while_it_sleeps(load, sessions)
        finally:
            leader.resume()
        for thread in threads:
            thread.join(60)
        # The load's own clients went on at other nodes.
        expect_no_failures(load)
        asked = operations_of(load, sessions)[len(sessions):]
        answered = sum(one.outcome == DONE for one in asked)
        report("asked while it slept, answered when it woke", f"{len(asked)}, {answered}")


def ask_while_it_sleeps(load, sessions):
    """Half of the sessions read linearizably, half write: on return the requests lie in the sleeping node's sockets."""

    def ask(number, session):
        try:
            if number % 2:
                load.look_up(session, MODELS[0], ALIASES[0], is_linearizable=True)
            else:
                load.move(session, MODELS[0], ALIASES[1])
        except Exception as error:  # a thread's exception would be lost: the load reports it
            load.crashes.append(repr(error))

    threads = [threading.Thread(target=ask, args=pair) for pair in enumerate(sessions)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(operations_of(load, sessions)) == 2 * len(sessions), "all have asked", within=5)
    # An operation is noted, then sent, and nothing tells when the other side's kernel has it.
    time.sleep(0.2)
    return threads


def operations_of(load, sessions):
    numbers = {session.number for session in sessions}
    return [one for one in list(load.history.operations) if one.session in numbers]


def test_kill_9_of_any_nodes_at_random_moments(placed_cluster, report):
    cluster = placed_cluster.start()
    generator = random.Random(9)
    killed = []
    with recorded(cluster, report, patience=30) as load:
        for _ in range(KILL_ROUNDS):
            # Those that were started a moment ago, and do not serve yet, too.
            victims = generator.sample(cluster.nodes, generator.choice([1, 1, 2, 3]))
            for node in victims:
                node.process.kill()
            hold(load, generator.uniform(0, 1.5))
            for node in victims:
                node.process.wait()
                node.process = None
            for node in generator.sample(victims, len(victims)):
                node.start()
            killed.append(len(victims))
            hold(load, generator.uniform(0.05, 1.5))
        for node in cluster.nodes:
            node.wait_ready()
        report("nodes killed at once", ", ".join(map(str, killed)))
    expect_no_failures(load)
