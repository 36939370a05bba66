"""The longest names, very many files, a huge file, and one file that comes twice at once."""

import hashlib
import os
import shutil
import threading
import time

import pytest

from nodes import register, upload

LONG = bool(os.environ.get("PEERAGE_LONG"))
# So many files has a version at most.
MOST_FILES = 10_000
# Files pushed in all; with PEERAGE_LONG a million of them.
SMALL_FILES = 1_000_000 if LONG else MOST_FILES
SPARSE_BYTES = 50 << 30
MOST_RESIDENT_BYTES = 256 << 20


def at_once(*calls):
    """Runs `calls` together; returns what they gave, in order."""
    results, start = [None] * len(calls), threading.Barrier(len(calls))

    def run(position, call):
        start.wait()
        results[position] = call()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_one_file_that_comes_twice_at_once_is_one_file(shared_cluster):
    content = os.urandom(24 << 20)
    clients = [node.client(timeout=60) for node in (*shared_cluster.nodes, shared_cluster.north)]
    register(clients[0], "twice", "first", {"a": b"makes the project"})
    entries = at_once(*(lambda client=client: upload(client, "twice", content) for client in clients))
    assert all(entry == entries[0] for entry in entries)
    versions = at_once(*(
        lambda client=client: register(client, "twice", "model", {"weights": content}) for client in clients))
    assert sorted(version["number"] for version in versions) == [1, 2, 3, 4]
    for client in clients:
        answer = client.get("/api/v1/projects/twice/models/model/versions/4/files/weights", consistency="linearizable")
        assert answer.body == content


def test_names_and_paths_at_their_limits(shared_cluster, tmp_path):
    project, model, alias = "p" * 63, "m" * 63, "z" * 63
    component = "c" * 255
    longest = "/".join([component] * 3 + ["d" * 254, "e"])
    assert len(longest) == 1024
    files = {longest: b"deep", "ü" * 127: b"wide", "empty": b"", "space in it": b"1"}
    version = register(shared_cluster.west.client(), project, model, files, aliases=[alias])
    assert len(version["files"]) == len(files)
    copy = tmp_path / "copy"
    shared_cluster.wait_caught_up()
    shared_cluster.cli("pull", f"{project}/{model}@{alias}", "-o", copy, at=shared_cluster.north)
    assert {str(path.relative_to(copy)): path.read_bytes() for path in copy.rglob("*") if path.is_file()} == files
    for wrong in ("p" * 64, "p" * 10_000):
        answer = shared_cluster.west.client().post("/api/v1/projects", {"name": wrong})
        assert answer.status in (400, 414, 422), answer


def write_small_files(directory, count):
    """`count` files of some bytes each, half of them equal to another one, two hundred a folder."""
    for number in range(count):
        folder = directory / f"{number // 200:04}"
        if number % 200 == 0:
            folder.mkdir(parents=True)
        (folder / f"{number}").write_bytes(b"%d of many small files\n" % (number // 2))


def test_very_many_small_files(shared_cluster, tmp_path, report):
    began = time.monotonic()
    for round_number in range(SMALL_FILES // MOST_FILES):
        directory = tmp_path / f"small-{round_number}"
        write_small_files(directory, MOST_FILES)
        shared_cluster.cli("push", directory, f"extremes/small-{round_number}", at=shared_cluster.north, timeout=1200)
        if round_number:
            shutil.rmtree(directory)
    report("files a second", f"{SMALL_FILES / (time.monotonic() - began):.0f}, of {SMALL_FILES}")
    shared_cluster.wait_caught_up()
    copy = tmp_path / "copy"
    shared_cluster.cli("pull", "extremes/small-0", "-o", copy, at=shared_cluster.south, timeout=1200)
    first = tmp_path / "small-0"
    assert sum(1 for path in copy.rglob("*") if path.is_file()) == MOST_FILES
    for path in list(first.rglob("*"))[::97]:
        if path.is_file():
            assert (copy / path.relative_to(first)).read_bytes() == path.read_bytes()
    # One more is one too many, and says so before anything is sent.
    (first / "one more").write_bytes(b"1")
    refused = shared_cluster.cli("push", first, "extremes/small-0", at=shared_cluster.north, check=False)
    assert refused.returncode == 1 and "10000" in refused.stderr.replace(",", ""), refused.stderr
    assert max(node.memory()[1] for node in shared_cluster.nodes) <= MOST_RESIDENT_BYTES


@pytest.mark.skipif(not LONG, reason="takes minutes: PEERAGE_LONG=1")
def test_a_huge_sparse_file(shared_cluster, tmp_path, report):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(SPARSE_BYTES)
        file.seek(SPARSE_BYTES // 2)
        file.write(b"in the middle")
    began = time.monotonic()
    shared_cluster.cli("push", path, "extremes/sparse", at=shared_cluster.north, timeout=3600)
    report("50 GiB pushed", f"{time.monotonic() - began:.0f} s")
    shared_cluster.wait_caught_up()
    client = shared_cluster.south.client(timeout=60)
    version = client.get("/api/v1/projects/extremes/models/sparse/versions/1").json
    with path.open("rb") as file:
        assert version["files"][0]["sha256"] == hashlib.file_digest(file, "sha256").hexdigest()
    middle = f"bytes={SPARSE_BYTES // 2 - 3}-{SPARSE_BYTES // 2 + 15}"
    answer = client.get("/api/v1/projects/extremes/models/sparse/versions/1/files/sparse", headers={"Range": middle})
    assert answer.body == b"\0\0\0in the middle\0\0\0"
    assert max(node.memory()[1] for node in shared_cluster.nodes) <= MOST_RESIDENT_BYTES
