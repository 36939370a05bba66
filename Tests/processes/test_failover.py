"""The leader dies under load: nothing acknowledged is lost, no read fails, writes go on within a second and a half."""

import itertools
import threading
import time
from dataclasses import dataclass, field

import pytest

from client import Unreachable
from nodes import register
from waiting import eventually

ROUNDS = 3
WRITERS = 4
READERS = 2
MOST_MILLISECONDS_TO_THE_FIRST_WRITE = 1500


@dataclass
class Load:
    """Writers and readers at work until told to stop, and what became of their requests."""

    cluster: object
    numbers: object = field(default_factory=itertools.count)
    stopping: threading.Event = field(default_factory=threading.Event)
    # (name, begun, acknowledged), by the monotonic clock.
    acknowledged: list = field(default_factory=list)
    failed_writes: list = field(default_factory=list)
    # (begun, ended)
    reads: list = field(default_factory=list)
    failed_reads: list = field(default_factory=list)
    crashes: list = field(default_factory=list)

    def __enter__(self):
        works = [self.write] * WRITERS + [self.read] * READERS
        self.threads = [
            threading.Thread(target=self.run, args=(work, index % 3)) for index, work in enumerate(works)
        ]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)
        assert not self.crashes, self.crashes

    def connect(self, first):
        """The client of one thread."""
        return self.cluster.failover_client(first=first)

    def run(self, work, first):
        client = self.connect(first)
        try:
            while not self.stopping.is_set():
                work(client)
        except Exception as error:  # a thread's exception would be lost: the test reports it
            self.crashes.append(repr(error))
        finally:
            client.close()

    def write(self, client):
        name = f"load-{next(self.numbers):06d}"
        begun = time.monotonic()
        try:
            answer = client.request("POST", "/api/v1/projects", {"name": name})
        except Unreachable as error:
            return self.failed_writes.append((name, str(error)))
        if answer.status == 201:
            self.acknowledged.append((name, begun, time.monotonic()))
        else:
            self.failed_writes.append((name, answer.status, answer.body))

    def read(self, client):
        begun = time.monotonic()
        try:
            answer = client.request("GET", "/api/v1/projects/load/models/read/versions/production/files/a.bin")
        except Unreachable as error:
            return self.failed_reads.append(str(error))
        if (answer.status, answer.body) == (200, CONTENT):
            self.reads.append((begun, time.monotonic()))
        else:
            self.failed_reads.append((answer.status, answer.body[:200]))

    def wait_for_writes(self, count):
        target = len(self.acknowledged) + count
        eventually(lambda: len(self.acknowledged) >= target or self.crashes, f"{count} more writes", within=20)

    def milliseconds_to_first_write_after(self, moment):
        """From `moment` to the first acknowledgement of a write that began after it."""
        return 1000 * (min(end for _, begun, end in self.acknowledged if begun >= moment) - moment)


CONTENT = b"what readers read" * 1000


def prepare(cluster):
    client = cluster.leader().client()
    register(client, "load", "read", {"a.bin": CONTENT}, aliases=["production"])
    cluster.wait_caught_up()


def expect_all_acknowledged(cluster, load):
    """Every acknowledged write is at every node."""
    expected = {name for name, _, _ in load.acknowledged}
    for node in cluster.nodes:
        held = {project["name"] for project in node.client().items("/api/v1/projects")}
        assert expected <= held, f"{node.name} lost {sorted(expected - held)[:10]}"


@pytest.fixture
def loaded(cluster):
    prepare(cluster)
    with Load(cluster) as load:
        load.wait_for_writes(50)
        yield cluster, load


def test_kill_9_of_the_leader_under_load(loaded, report):
    cluster, load = loaded
    waits = []
    for _ in range(ROUNDS):
        leader = cluster.leader()
        killed = time.monotonic()
        leader.kill()
        load.wait_for_writes(100)
        waits.append(load.milliseconds_to_first_write_after(killed))
        leader.start().wait_ready()
        load.wait_for_writes(50)
    load.__exit__()
    index = cluster.wait_caught_up()
    expect_all_acknowledged(cluster, load)
    slowest_read = max(end - begun for begun, end in load.reads) * 1000
    report("leaders killed", ROUNDS)
    report("writes acknowledged / lost / failed", f"{len(load.acknowledged)} / 0 / {len(load.failed_writes)}")
    report("reads answered / failed / slowest", f"{len(load.reads)} / {len(load.failed_reads)} / {slowest_read:.0f} ms")
    report("kill to first write accepted", ", ".join(f"{wait:.0f} ms" for wait in waits))
    report("states equal at index", index)
    assert load.failed_reads == []
    assert load.failed_writes == []
    assert max(waits) <= MOST_MILLISECONDS_TO_THE_FIRST_WRITE


def test_a_follower_that_was_away_catches_up(loaded, report):
    cluster, load = loaded
    leader = cluster.leader()
    follower = next(node for node in cluster.nodes if node is not leader)
    follower.kill()
    load.wait_for_writes(200)
    began = time.monotonic()
    follower.start().wait_ready()
    load.__exit__()
    cluster.wait_caught_up()
    report("caught up after", f"{(time.monotonic() - began) * 1000:.0f} ms")
    expect_all_acknowledged(cluster, load)
    assert load.failed_reads == []
    assert load.failed_writes == []


def test_a_leader_that_stands_still_is_replaced_and_follows_when_it_wakes(loaded, report):
    cluster, load = loaded
    leader = cluster.leader()
    stopped = time.monotonic()
    leader.pause()
    try:
        load.wait_for_writes(50)
    finally:
        leader.resume()
    report("standstill to first write accepted", f"{load.milliseconds_to_first_write_after(stopped):.0f} ms")
    load.wait_for_writes(50)
    load.__exit__()
    cluster.wait_caught_up()
    expect_all_acknowledged(cluster, load)
    assert load.failed_reads == []
    assert load.failed_writes == []
