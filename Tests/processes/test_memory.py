"""A file larger than memory passes through: nodes and client hold a window of it, never the whole."""

import hashlib
import os
import re
import time
from pathlib import Path

SIZE = int(os.environ.get("PEERAGE_BIG_FILE_BYTES", 1 << 30))
MOST_RESIDENT_BYTES = 256 << 20
# Random bytes with holes between: each random part is stored once a node, the holes cost next to nothing, so that the
# test fits on small disks, and yet every byte passes through every node.
PERIOD, RANDOM_PART = 16 << 20, 4 << 20


def write_big_file(path):
    with path.open("wb") as file:
        file.truncate(SIZE)
        for offset in range(0, SIZE, PERIOD):
            file.seek(offset)
            file.write(os.urandom(min(RANDOM_PART, SIZE - offset)))


def sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run_measured(cluster, node, *arguments):
    """Runs the command line at `node`; returns (seconds, most bytes it had resident). Asked again and again while it runs: what
    the kernel says at its end counts what the tests' own process had when it was started."""
    began = time.monotonic()
    process = cluster.start_cli(*arguments, at=node)
    most = 0
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        # A process that has just ended has no memory any more.
        most = max(most, int(found[1]) * 1024 if found else 0)
        time.sleep(0.01)
    assert process.returncode == 0, process.communicate()
    return time.monotonic() - began, most


def test_a_big_file_costs_no_node_much_memory(cluster, tmp_path, report):
    big = tmp_path / "big.bin"
    write_big_file(big)
    idle = [node.memory()[0] for node in cluster.nodes]
    push_seconds, push_resident = run_measured(cluster, cluster.north, "push", big, "memory/big")
    cluster.wait_caught_up()
    pull_seconds, pull_resident = run_measured(
        cluster, cluster.south, "pull", "memory/big", "-o", tmp_path / "copy"
    )
    peaks = [node.memory()[1] for node in cluster.nodes]
    report("size", f"{SIZE / (1 << 30):.2f} GiB")
    report("push", f"{SIZE / 1e6 / push_seconds:.0f} MB/s, client {push_resident >> 20} MiB resident")
    report("pull", f"{SIZE / 1e6 / pull_seconds:.0f} MB/s, client {pull_resident >> 20} MiB resident")
    for node, before, peak in zip(cluster.nodes, idle, peaks):
        report(f"{node.name} resident", f"{before >> 20} MiB idle, {peak >> 20} MiB at most")
    assert sha256(tmp_path / "copy" / "big.bin") == sha256(big)
    assert max(peaks) <= MOST_RESIDENT_BYTES
    assert max(push_resident, pull_resident) <= MOST_RESIDENT_BYTES
