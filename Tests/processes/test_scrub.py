"""Bytes that rot on a disk are found although nobody reads them, and come anew from a peer."""

import os
import re

import pytest

from nodes import Cluster, register
from waiting import eventually

# A round in a few seconds.
SCRUB_DAYS = "0.00005"
HEAL_SECONDS = 60


@pytest.fixture
def scrubbing_cluster(tmp_path):
    cluster = Cluster(tmp_path / "cluster")
    for node in cluster.nodes:
        node.environment = {"PEERAGE_SCRUB_DAYS": SCRUB_DAYS}
    cluster.start()
    yield cluster
    cluster.stop()


def metric(node, name):
    text = node.client().get("/metrics").body.decode()
    found = re.search(rf"^{name}{{}} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def rot(node, every):
    """Flips a bit in every so many bytes of the node's packs, in place, under the running node. Returns how many."""
    flipped = 0
    for pack in sorted(node.data.glob("store/packs/*.pack")):
        with pack.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            for offset in range(every // 2, size, every):
                file.seek(offset)
                byte = file.read(1)[0]
                file.seek(offset)
                file.write(bytes([byte ^ 4]))
                flipped += 1
    return flipped


def test_what_rots_unread_is_found_and_healed(scrubbing_cluster, report):
    cluster = scrubbing_cluster
    node, *others = cluster.nodes
    content = os.urandom(8 << 20) + b"text that compresses\n" * 100_000
    register(others[0].client(), "scrub", "model", {"weights": content, "small": b"small"})
    cluster.wait_caught_up()
    eventually(lambda: metric(node, "peerage_scrub_chunks_total") > 0, "it reads", HEAL_SECONDS)
    assert metric(node, "peerage_scrub_damaged_total") == 0
    flipped = rot(node, every=1 << 20)
    healed = eventually(
        lambda: metric(node, "peerage_scrub_healed_total") >= flipped and metric(node, "peerage_scrub_healed_total"),
        lambda: f"{flipped} chunks are healed\n{node.log_tail()}", HEAL_SECONDS)
    report("bits flipped, chunks healed", f"{flipped}, {healed:.0f}")
    assert healed == metric(node, "peerage_scrub_damaged_total")
    # From its own disk, with nobody left to ask.
    rounds = node.log_tail(1_000_000).count("chunks were read through")
    eventually(
        lambda: node.log_tail(1_000_000).count("chunks were read through") > rounds + 1, "rounds go on", HEAL_SECONDS)
    assert metric(node, "peerage_scrub_damaged_total") == healed
    for other in others:
        other.kill()
    answer = node.client().get(
        "/api/v1/projects/scrub/models/model/versions/1/files/weights", consistency="stale")
    assert answer.status == 200 and answer.body == content
