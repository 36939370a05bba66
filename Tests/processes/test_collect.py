"""Chunks that nothing names are removed; what somebody was promised is never among them."""

import hashlib
import os
import random
import threading
import time

import pytest

from nodes import Cluster, break_off, register, upload
from test_scrub import metric
from waiting import eventually

# Once a second, of what was uploaded ten seconds ago and not registered.
SETTINGS = {"PEERAGE_COLLECT_HOURS": "0.0003", "PEERAGE_STAGED_DAYS": "0.00012"}
COLLECT_SECONDS = 60
LOAD_SECONDS = 25


@pytest.fixture
def collecting_cluster(tmp_path):
    cluster = Cluster(tmp_path / "cluster")
    for node in cluster.nodes:
        node.environment = SETTINGS
    cluster.start()
    yield cluster
    cluster.stop()


def stored_bytes(node):
    total = 0
    for pack in node.data.glob("store/packs/*.pack"):
        try:
            total += pack.stat().st_size
        except FileNotFoundError:
            pass  # removed meanwhile
    return total


def is_staged(node, content):
    digest = hashlib.sha256(content).hexdigest()
    return node.client().get(f"/api/v1/projects/collect/uploads/{digest}").status == 200


def read_alone(node, versions):
    """Reads versions (path → content) from a node that can ask nobody else."""
    for path, content in versions.items():
        answer = node.client().get(path, consistency="stale")
        assert answer.status == 200 and answer.body == content, f"{path} at {node.name}: {answer.status}"


def test_what_nothing_names_is_removed_and_the_rest_stays(collecting_cluster, report):
    cluster = collecting_cluster
    node, *others = cluster.nodes
    kept, forgotten = os.urandom(3 << 20), os.urandom(12 << 20)
    register(node.client(), "collect", "kept", {"weights": kept})
    upload(node.client(), "collect", forgotten)
    break_off(cluster, node, "collect", 24 << 20)
    assert is_staged(node, forgotten)
    before = stored_bytes(node)

    def goes_on():
        """Nodes trust their clocks only as far as the cluster's newest command."""
        node.client().post("/api/v1/projects", {"name": f"later-{time.monotonic_ns()}"})
        return True

    eventually(lambda: goes_on() and not is_staged(node, forgotten), "it is forgotten", COLLECT_SECONDS)
    for each in cluster.nodes:
        eventually(
            lambda: goes_on() and metric(each, "peerage_collected_chunks_total") > 100,
            lambda: f"{each.name} collects\n{each.log_tail()}", COLLECT_SECONDS)
    report("chunks removed, by node", [metric(each, "peerage_collected_chunks_total") for each in cluster.nodes])
    # A start begins new packs, so that the old ones can go.
    node.kill()
    node.process = None
    node.start().wait_ready()
    eventually(lambda: stored_bytes(node) < before / 4, lambda: f"{stored_bytes(node)} of {before}", COLLECT_SECONDS)
    report("bytes of packs before and after", f"{before} and {stored_bytes(node)}")
    # What was removed can be pushed again.
    register(node.client(), "collect", "again", {"weights": forgotten})
    cluster.wait_held("collect")
    for other in others:
        other.kill()
    models = "/api/v1/projects/collect/models"
    read_alone(node, {
        f"{models}/kept/versions/1/files/weights": kept, f"{models}/again/versions/1/files/weights": forgotten})


def test_nothing_that_was_registered_is_lost_while_others_collect(collecting_cluster, report):
    """Clients upload, wait, register, break off; and upload what was uploaded before and may be going just now."""
    cluster = collecting_cluster
    versions, failures, counts = {}, [], {"registered": 0, "too late": 0}
    lock = threading.Lock()
    end = time.monotonic() + LOAD_SECONDS
    shared = [random.Random(number).randbytes(300_000) for number in range(30)]

    def work(number):
        chosen = random.Random(number)
        client = cluster.nodes[number % 3].client()
        sequence = 0
        while time.monotonic() < end:
            sequence += 1
            content = chosen.choice(shared) + chosen.randbytes(chosen.choice([0, 10, 200_000]))
            entry = {"path": "weights", **upload(client, "collect", content)}
            if chosen.random() < 0.5:
                continue
            time.sleep(chosen.choice([0, 0, 1, 3, 11]))
            model = f"model-{number}-{sequence}"
            path = f"/api/v1/projects/collect/models/{model}/versions"
            answer = client.post(path, {"files": [entry]})
            with lock:
                if answer.status == 201:
                    counts["registered"] += 1
                    versions[f"{path}/1/files/weights"] = content
                elif answer.problem == "files-not-uploaded":
                    counts["too late"] += 1
                else:
                    failures.append(answer)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    report("versions", counts)
    removed = [metric(node, "peerage_collected_chunks_total") for node in cluster.nodes]
    report("chunks removed meanwhile, by node", removed)
    assert counts["registered"] > 20 and min(removed) > 0
    # Those that were not asked for a receipt fetch what they lack.
    cluster.wait_held("collect")
    node, *others = cluster.nodes
    for other in others:
        other.kill()
    read_alone(node, versions)
