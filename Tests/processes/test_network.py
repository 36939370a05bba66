"""The network between the nodes does what the tests tell it, and nothing else: measured without nodes."""

import json
import re
import signal
import subprocess
import sys
import time

import pytest

import network
from network import Network
from waiting import eventually

NAMES = ("a", "b", "c")
PORT = 9000
RECEIVER = f"""
import json, socket, sys, time
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
receiver.bind((sys.argv[1], {PORT}))
print("ready", flush=True)
while True:
    datagram = receiver.recv(65536)
    if datagram == b"end":
        break
    sent, number = json.loads(datagram.split(b" ")[0])
    print(json.dumps([number, time.monotonic() - sent]), flush=True)
"""
SENDER = f"""
import json, socket, sys, time
count, size, pause = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(count):
    head = json.dumps([time.monotonic(), number]).replace(" ", "").encode()
    sender.sendto(head + b" " * max(1, size - len(head)), (sys.argv[1], {PORT}))
    time.sleep(pause)
"""


@pytest.fixture(scope="module")
def three():
    reason = network.refusal()
    if reason:
        pytest.skip(reason)
    made = Network(NAMES, seed=5)
    yield made
    made.close()


@pytest.fixture
def links(three):
    yield three
    three.restore()


def run_in(links, name, script, *arguments, **options):
    return subprocess.Popen(
        [*links.entrance(name), sys.executable, "-c", script, *map(str, arguments)], text=True, **options)


def send(links, source, target, count=40, size=100, pause=0.002):
    """Sends datagrams; returns [(number, seconds under way)] in the order they arrived."""
    host = links.places[target].peer_host
    with run_in(links, target, RECEIVER, host, stdout=subprocess.PIPE) as receiver:
        assert receiver.stdout.readline() == "ready\n"
        assert run_in(links, source, SENDER, host, count, size, pause).wait() == 0
        longest = max(one.delay + one.jitter for one in links.conditions.values())
        # A datagram more than what is measured would be subject to the same conditions: the end comes over loopback.
        time.sleep(longest + 0.2)
        end = f"import socket; socket.socket(2, 2).sendto(b'end', ('{host}', {PORT}))"
        assert run_in(links, target, end).wait() == 0
        return [tuple(json.loads(line)) for line in receiver.stdout]


def test_a_perfect_line_loses_nothing_and_is_fast(links):
    arrived = send(links, "a", "b")
    assert [number for number, _ in arrived] == list(range(40))
    assert sorted(seconds for _, seconds in arrived)[20] < 0.01


def test_a_cut_is_one_way_or_both(links):
    links.cut_one_way("a", "b")
    assert (len(send(links, "a", "b")), len(send(links, "b", "a")), len(send(links, "a", "c"))) == (0, 40, 40)
    links.cut(("a", "b"))
    assert (len(send(links, "a", "b")), len(send(links, "b", "a"))) == (0, 0)
    links.mend(("a", "b"))
    links.isolate("c")
    assert (len(send(links, "a", "b")), len(send(links, "a", "c")), len(send(links, "c", "b"))) == (40, 0, 0)


def test_delay_and_jitter_keep_the_order(links):
    links.set([("a", "b")], delay=0.1, jitter=0.05)
    arrived = send(links, "a", "b")
    assert [number for number, _ in arrived] == list(range(40))
    assert min(seconds for _, seconds in arrived) >= 0.1
    assert 0.11 < sum(seconds for _, seconds in arrived) / 40 < 0.2
    assert sorted(seconds for _, seconds in send(links, "b", "a"))[20] < 0.01


def test_loss_duplicates_and_reordering(links):
    links.set([("a", "b")], loss=0.3)
    assert 80 < len(send(links, "a", "b", count=200)) < 190
    links.set([("a", "b")], loss=0.0, duplicated=0.5)
    assert 250 < len(send(links, "a", "b", count=200)) < 350
    links.set([("a", "b")], duplicated=0.0, reordered=0.3, delay=0.02, jitter=0.02)
    numbers = [number for number, _ in send(links, "a", "b", count=200)]
    assert sorted(numbers) == list(range(200)) != numbers


def test_a_cap_holds_frames_back_and_then_drops_them(links):
    links.set([("a", "b")], bytes_per_second=125_000, queue_bytes=20_000)
    arrived = send(links, "a", "b", count=100, size=1_000, pause=0)
    # The queue is some 19 frames long: what is sent at one go fits in, or is lost.
    assert 15 <= len(arrived) <= 30
    assert 0.1 < max(seconds for _, seconds in arrived) < 0.2
    spread = send(links, "a", "b", count=100, size=1_000, pause=0.012)
    assert len(spread) == 100


def test_frames_are_counted(links):
    before = links.counts()["a", "c"]
    send(links, "a", "c", count=5)
    links.cut_one_way("a", "c")
    send(links, "a", "c", count=7)
    after = links.counts()["a", "c"]
    # Each with 42 bytes of headers.
    assert [later - earlier for earlier, later in zip(before, after)] == [5, 7, 12 * 142]


def test_nothing_is_left_behind():
    if network.refusal():
        pytest.skip(network.refusal())
    made = Network(("a", "b"))
    # Three namespaces, and the tests' ends of two lines.
    assert len(namespaces_and_links(made.tag)) == 5
    made.close()
    assert namespaces_and_links(made.tag) == []


def test_what_a_killed_run_left_is_removed_by_the_next():
    if network.refusal():
        pytest.skip(network.refusal())
    dead = subprocess.Popen(["true"])
    dead.wait()
    name = f"peerage-{dead.pid}-abcd-north-1"
    network.ip("netns", "add", name)
    with subprocess.Popen(["nsenter", f"--net=/run/netns/{name}", "--", "sleep", "60"]) as orphan:
        eventually(lambda: str(orphan.pid) in network.ip("netns", "pids", name).split(), "it is there", within=5)
        network.remove_leftovers()
        assert orphan.wait(5) == -signal.SIGKILL
    assert name not in network.ip("netns", "list")


def namespaces_and_links(tag):
    names = network.ip("netns", "list").split() + re.findall(r"^\d+: (\w+)", network.ip("link"), re.MULTILINE)
    return [name for name in names if tag in name]
