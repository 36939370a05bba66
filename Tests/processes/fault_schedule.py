"""A seeded schedule of faults: what befalls which node for how long, always leaving a majority connected but in
intervals that are announced."""

import itertools
import os
import random
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

from client import Unreachable
from nodes import upload

# Of each fault, drawn between the two.
SECONDS = (2.0, 5.0)
# Only faults whose names contain this, to look into one.
ONLY = os.environ.get("PEERAGE_FAULTS", "")
READY_SECONDS = 60


@dataclass
class Scene:
    """What faults work with."""

    cluster: object
    generator: random.Random
    # Node → its `SmallDisk`, and node → its `FailingDisk`; empty where there can be none.
    small_disks: dict
    failing_disks: dict

    @property
    def links(self):
        return self.cluster.network

    def followers(self):
        leader = self.cluster.leader()
        return [node for node in self.cluster.nodes if node is not leader]

    def follower(self):
        return self.generator.choice(self.followers())

    def anyone(self):
        return self.generator.choice(self.cluster.nodes)


@dataclass(frozen=True)
class Struck:
    """A fault that was: what, when, and what clients were told could not be served meanwhile."""

    name: str
    begun: float
    ended: float
    # "" when everything must be served; "writes" when there is no majority; "everything" when there is nobody.
    announced: str


def strike(*, needs="", announced=""):
    """Makes a context manager of a `Scene` a fault. `needs` names an attribute of the scene that must not be empty."""

    def mark(function):
        fault = contextmanager(function)
        fault.name = function.__name__.replace("_", " ")
        fault.needs, fault.announced = needs, announced
        return fault

    return mark


# Processes

def killed(nodes):
    """kill -9 of these nodes; they are started again at the end."""
    for node in nodes:
        node.process.kill()
    for node in nodes:
        node.process.wait()
        node.process = None
    yield
    for node in nodes:
        node.start()
    for node in nodes:
        node.wait_ready(READY_SECONDS)


def paused(node):
    node.pause()
    try:
        yield
    finally:
        node.resume()


@strike()
def the_leader_is_killed(scene):
    yield from killed([scene.cluster.leader()])


@strike()
def a_follower_is_killed(scene):
    yield from killed([scene.follower()])


@strike(announced="everything")
def all_are_killed(scene):
    yield from killed(list(scene.cluster.nodes))


@strike()
def the_leader_stands_still(scene):
    yield from paused(scene.cluster.leader())


@strike()
def a_follower_stands_still(scene):
    yield from paused(scene.follower())


# Links

@strike(needs="links")
def the_leader_is_cut_off(scene):
    scene.links.isolate(scene.cluster.leader().name)
    yield


@strike(needs="links")
def a_follower_is_cut_off(scene):
    scene.links.isolate(scene.follower().name)
    yield


@strike(needs="links", announced="writes")
def all_are_cut_off(scene):
    scene.links.set_all(up=False)
    yield


@strike(needs="links")
def a_link_goes_one_way(scene):
    source, target = scene.generator.sample(scene.cluster.nodes, 2)
    scene.links.cut_one_way(source.name, target.name)
    yield


@strike(needs="links")
def one_node_is_a_bridge(scene):
    first, second = scene.generator.sample(scene.cluster.nodes, 2)
    scene.links.cut((first.name, second.name))
    yield


@strike(needs="links")
def a_link_flaps(scene):
    pair = tuple(node.name for node in scene.generator.sample(scene.cluster.nodes, 2))
    with beside(flap, scene.links, pair, random.Random(scene.generator.random())):
        yield


@strike(needs="links")
def all_lines_are_slow_and_bad(scene):
    scene.links.set_all(delay=0.04, jitter=0.02, loss=0.02, reordered=0.02, duplicated=0.01)
    yield


@strike(needs="links")
def a_line_is_narrow_and_full(scene):
    leader, follower = scene.cluster.leader(), scene.follower()
    scene.links.set([(leader.name, follower.name), (follower.name, leader.name)], bytes_per_second=125_000)
    with beside(upload_at, leader):
        yield


@contextmanager
def beside(work, *arguments):
    """`work(over, *arguments)` in a thread of its own, until `over` is set at the end."""
    over = threading.Event()
    thread = threading.Thread(target=work, args=(over, *arguments))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def flap(over, links, pair, generator):
    while not over.is_set():
        links.cut(pair)
        over.wait(generator.uniform(0.1, 1.0))
        links.mend(pair)
        over.wait(generator.uniform(0.05, 0.5))


def upload_at(over, node):
    """Bytes to be replicated: what becomes of them is not the point."""
    try:
        upload(node.client(timeout=30), "load", os.urandom(8 << 20))
    except (AssertionError, Unreachable):
        pass


# Disks

def full(scene, nodes):
    """Bytes come meanwhile: without them the log may have space for minutes."""
    for node in nodes:
        scene.small_disks[node].fill()
    with beside(upload_at, next(node for node in scene.cluster.nodes if node not in nodes)):
        yield
    for node in nodes:
        scene.small_disks[node].free()


@strike(needs="small_disks")
def the_leaders_disk_is_full(scene):
    yield from full(scene, [scene.cluster.leader()])


@strike(needs="small_disks")
def a_followers_disk_is_full(scene):
    yield from full(scene, [scene.follower()])


@strike(needs="small_disks", announced="writes")
def the_disks_of_a_majority_are_full(scene):
    yield from full(scene, scene.generator.sample(scene.cluster.nodes, 2))


@strike(needs="failing_disks")
def a_disk_fails(scene):
    """The operator's part too: the node is given its disk back and started again."""
    node = scene.anyone()
    disk = scene.failing_disks[node]
    disk.begin(scene.generator.choice(["write", "sync", "sync-once"]))
    yield
    disk.end()
    if node.is_running:
        node.kill()
    node.process = None
    node.start().wait_ready(READY_SECONDS)


FAULTS = [
    the_leader_is_killed, a_follower_is_killed, all_are_killed, the_leader_stands_still, a_follower_stands_still,
    the_leader_is_cut_off, a_follower_is_cut_off, all_are_cut_off, a_link_goes_one_way, one_node_is_a_bridge,
    a_link_flaps, all_lines_are_slow_and_bad, a_line_is_narrow_and_full, the_leaders_disk_is_full,
    a_followers_disk_is_full, the_disks_of_a_majority_are_full, a_disk_fails,
]


@dataclass
class Schedule:
    """Faults one after the other, each kind as often as the others, in an order and for times drawn from the seed.
    Between two all nodes come to agree: only so is a majority left whatever is next."""

    scene: Scene
    struck: list = field(default_factory=list)

    def run(self, seconds, is_broken):
        """Until `seconds` have passed; the fault that goes on then is the last. `is_broken()` ends it at once."""
        end = time.monotonic() + seconds
        for fault in self._drawn():
            if time.monotonic() >= end or is_broken():
                return
            begun = time.monotonic()
            enough = begun + self.scene.generator.uniform(*SECONDS)
            with fault(self.scene):
                while time.monotonic() < enough and not is_broken():
                    time.sleep(0.1)
            if self.scene.links:
                self.scene.links.restore()
            self.struck.append(Struck(fault.name, begun, time.monotonic(), fault.announced))
            self._recover()

    def _drawn(self):
        kinds = [
            fault for fault in FAULTS if ONLY in fault.name and (not fault.needs or getattr(self.scene, fault.needs))
        ]
        while True:
            yield from self.scene.generator.sample(kinds, len(kinds))

    def _recover(self):
        """All nodes say that they are well, and have applied what was committed when they first did."""
        nodes = self.scene.cluster.nodes
        deadline = time.monotonic() + READY_SECONDS
        goal = 0
        while time.monotonic() < deadline:
            told = [node.gauges() for node in nodes]
            if all(gauges and gauges["healthy"] and gauges["raft_has_leader"] for gauges in told):
                goal = goal or max(gauges["raft_commit_index"] for gauges in told)
                if all(gauges["raft_applied_index"] >= goal for gauges in told):
                    return
            time.sleep(0.1)
        logs = "\n".join(f"{node.name}:\n{node.log_tail()}" for node in nodes)
        raise AssertionError(f"not well again after “{self.struck[-1].name}”: {told}\n{logs}")

    def counts(self):
        """How often each fault struck, most often first."""
        names = sorted(one.name for one in self.struck)
        return {name: len(list(group)) for name, group in itertools.groupby(names)}

    def announced(self, *kinds):
        """The intervals in which what is named could not be served."""
        return [(one.begun, one.ended) for one in self.struck if one.announced in kinds]
