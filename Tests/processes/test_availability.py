"""How much is served while everything that can fail does, one after the other: by clients that know all sites, outside
the intervals in which no majority is left. PEERAGE_FAULT_MINUTES says how long (default 2), PEERAGE_FAULT_SEED which
faults; PEERAGE_WRITE_REPORTS=1 writes docs/reliability/availability.md."""

import datetime
import os
import platform
import random
import secrets

import pytest

from disks import FailingDisk, SmallDisk
from fault_schedule import Scene, Schedule
from histories import DONE
from nodes import REPOSITORY
from recorded_load import RecordedLoad

MINUTES = float(os.environ.get("PEERAGE_FAULT_MINUTES", 2))
SEED = int(os.environ.get("PEERAGE_FAULT_SEED", secrets.randbelow(1_000_000)))
GOAL = 0.999
REPORT = REPOSITORY / "docs/reliability/availability.md"
# Room for the logs and bytes of the longest run that anyone waits for.
DISK_MEBIBYTES = 256 + int(40 * MINUTES)


@pytest.fixture
def scene(placed_cluster, tmp_path):
    cluster = placed_cluster
    small = {node: SmallDisk(node, DISK_MEBIBYTES) for node in cluster.nodes}
    try:
        can_fill = not any(disk.refusal for disk in small.values())
        failing = {} if FailingDisk.refusal() else {node: FailingDisk(node, tmp_path) for node in cluster.nodes}
        cluster.start()
        yield Scene(cluster, random.Random(SEED), small if can_fill else {}, failing)
    finally:
        cluster.stop()
        for disk in small.values():
            disk.close()


def test_almost_everything_is_served_whatever_fails(scene, report):
    report("seed", SEED)
    schedule = Schedule(scene)
    with RecordedLoad(scene.cluster, seed=SEED) as load:
        load.wait_for_writes(50)
        schedule.run(MINUTES * 60, lambda: load.crashes)
        load.wait_for_writes(50)
        told = {"seed": SEED, "duration": f"{MINUTES:g} minutes"} | load.verify()
    served = shares(load.history.operations, schedule)
    told |= {name: share.text for name, share in served.items()}
    counted = sum(share.count for share in served.values())
    told["not counted, for no majority was left"] = len(load.history.operations) - counted
    told["faults, one after the other"] = len(schedule.struck)
    told |= {f"times {name}": count for name, count in schedule.counts().items()}
    for name, value in told.items():
        report(name, value)
    if os.environ.get("PEERAGE_WRITE_REPORTS") == "1":
        write_report(told)
    for name, share in served.items():
        assert share.value >= GOAL, f"{name}: {share.text}\n" + "\n".join(map(str, share.missed[:10]))


class Share:
    """Which part of some operations was served, and how long they took."""

    def __init__(self, operations):
        self.count = len(operations)
        self.missed = [one for one in operations if one.outcome != DONE]
        self.value = 1 - len(self.missed) / self.count
        seconds = sorted(one.returned - one.invoked for one in operations if one.outcome == DONE)
        slowest, slow = seconds[-1], seconds[int(len(seconds) * 0.999)]
        self.text = (
            f"{self.value:.4%} of {self.count}; median {seconds[len(seconds) // 2] * 1000:.0f} ms, "
            f"99.9 % within {slow:.2f} s, slowest {slowest:.2f} s"
        )


def shares(operations, schedule):
    """Reads must go on whenever there is anyone to ask, and what needs a majority whenever there is one."""
    no_majority, nobody = schedule.announced("writes", "everything"), schedule.announced("everything")
    return {
        "writes served": Share([one for one in operations if one.is_write and not overlaps(one, no_majority)]),
        "reads served": Share([
            one for one in operations if not one.is_write
            and not overlaps(one, no_majority if one.is_linearizable else nobody)
        ]),
    }


def overlaps(operation, intervals):
    ended = min(operation.returned, operation.given_up)
    return any(operation.invoked <= end and ended >= begin for begin, end in intervals)


INTRODUCTION = """
Written by `Tests/processes/test_availability.py`: three nodes, each in a network and on a disk of its own, under a
steady load of readers and writers that know all sites, while one fault follows another. Served is what a client got
within ten seconds. Operations that overlap an interval without a majority are not counted, nor reads when nobody runs.
All histories were checked: aliases for linearizability, registrations, audit logs, sessions, equal states at the end.
"""


def write_report(told):
    REPORT.parent.mkdir(exist_ok=True)
    rows = "\n".join(f"| {name} | {value} |" for name, value in told.items())
    REPORT.write_text(
        f"# Availability under faults, {datetime.date.today().isoformat()}\n{INTRODUCTION}\n"
        f"| what | figure |\n|---|---|\n| machine | {os.cpu_count()} cores, Linux {platform.release()} |\n{rows}\n\n"
        f"Again: `PEERAGE_FAULT_SEED={SEED} PEERAGE_FAULT_MINUTES={MINUTES:g} PEERAGE_WRITE_REPORTS=1 "
        "python3 -m pytest -s Tests/processes/test_availability.py`.\n"
    )
