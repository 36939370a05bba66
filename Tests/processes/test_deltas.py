"""Of files that are like others only what differs crosses the line, both ways; counted between client and node."""

import hashlib
import json
import random
import struct

import pytest

from nodes import register
from relay import Relay
from test_push_pull import contents
from waiting import eventually

MEBIBYTE = 1 << 20
# Names of chunks, TLS, requests: two thousandths of a file, and what any command costs.
OVERHEAD = 200_000


@pytest.fixture
def relay(shared_cluster):
    with Relay(shared_cluster.south) as relay:
        yield relay


# The same in each run: how soon chunks are alike again behind a difference depends on the bytes.
noise = random.Random("deltas").randbytes


def write(directory, **files):
    directory.mkdir(exist_ok=True)
    for name, content in files.items():
        (directory / name).write_bytes(content)
    return directory


def sent(relay, cluster, *arguments):
    """What `peerage push` sent, and the version."""
    cluster.wait_caught_up()
    relay.reset()
    version = cluster.cli_json("push", *arguments, at=relay, timeout=300)
    return relay.sent, version


def test_of_a_file_that_grew_only_its_end_is_sent_and_received(shared_cluster, relay, tmp_path, report):
    old, end = noise(64 * MEBIBYTE), noise(MEBIBYTE)
    model = write(tmp_path / "model", weights=old)
    first, _ = sent(relay, shared_cluster, model, "deltas/grown")
    assert first > len(old)
    write(model, weights=old + end)
    second, version = sent(relay, shared_cluster, model, "deltas/grown")
    report("sent of 65 MiB of which 1 is new", f"{second} bytes")
    # One chunk before the end changes with it.
    assert second < len(end) + 128 * 1024 + OVERHEAD
    assert version["files"][0]["sha256"] == hashlib.sha256(old + end).hexdigest()
    copy = tmp_path / "copy"
    shared_cluster.cli("pull", "deltas/grown:1", "-o", copy, at=relay)
    relay.reset()
    pulled = shared_cluster.cli_json("pull", "deltas/grown:2", "-o", copy, at=relay)
    report("received over the version before", f"{relay.received} bytes")
    assert relay.received < len(end) + 128 * 1024 + OVERHEAD
    assert pulled["received_bytes"] < len(end) + 256 * 1024
    assert contents(copy) == {"weights": old + end}
    # At another node, whole.
    shared_cluster.wait_caught_up()
    shared_cluster.cli("pull", "deltas/grown:2", "-o", tmp_path / "whole", at=shared_cluster.west)
    assert contents(tmp_path / "whole") == {"weights": old + end}


def test_bytes_that_moved_between_files_or_inside_one_are_not_sent_again(shared_cluster, relay, tmp_path):
    parts = [noise(6 * MEBIBYTE) for _ in range(3)]
    model = write(tmp_path / "model", a=parts[0] + parts[1], b=parts[2])
    sent(relay, shared_cluster, model, "deltas/moved")
    (model / "b").unlink()
    files = {"renamed": parts[2], "c": b"begins anew" + parts[1] + parts[0]}
    write(model, **files, a=parts[0])
    second, _ = sent(relay, shared_cluster, model, "deltas/moved")
    # A chunk or two at each of the places where bytes meet anew.
    assert second < 6 * 128 * 1024 + OVERHEAD
    relay.reset()
    shared_cluster.cli("pull", "deltas/moved:2", "-o", tmp_path / "copy", "--reuse", model, at=relay)
    assert relay.received < OVERHEAD
    assert contents(tmp_path / "copy") == {"a": parts[0], **files}


def test_a_model_tuned_from_another_one_is_sent_as_its_difference(shared_cluster, relay, tmp_path):
    base = noise(8 * MEBIBYTE)
    sent(relay, shared_cluster, write(tmp_path / "base", weights=base), "deltas/base")
    tuned = base[: 3 * MEBIBYTE] + noise(MEBIBYTE) + base[4 * MEBIBYTE :]
    model = write(tmp_path / "tuned", weights=tuned)
    second, version = sent(relay, shared_cluster, model, "tuning/tuned", "--base", "deltas/base")
    assert second < MEBIBYTE + 4 * 128 * 1024 + OVERHEAD
    assert version["files"][0]["sha256"] == hashlib.sha256(tuned).hexdigest()
    refused = shared_cluster.cli("push", model, "tuning/tuned", "--base", "deltas/nothing", check=False)
    assert refused.returncode != 0 and "nothing" in refused.stderr


def test_a_push_whose_connection_breaks_within_a_delta_goes_on(shared_cluster, relay, tmp_path):
    old = noise(8 * MEBIBYTE)
    model = write(tmp_path / "model", weights=old)
    sent(relay, shared_cluster, model, "deltas/broken")
    write(model, weights=old + noise(4 * MEBIBYTE))
    shared_cluster.wait_caught_up()
    relay.cut_after(2 * MEBIBYTE)
    version = shared_cluster.cli_json("push", model, "deltas/broken", at=relay)
    assert version["files"][0]["sha256"] == hashlib.sha256((model / "weights").read_bytes()).hexdigest()


def test_a_file_whose_upload_breaks_off_goes_on_where_the_next_node_has_it(shared_cluster, relay, tmp_path, report):
    """What is lost is what was not whole of the last page, some 64 MiB of file."""
    content = noise(200 * MEBIBYTE)
    model = write(tmp_path / "model", weights=content)
    digest = hashlib.sha256(content).hexdigest()
    received = f"/api/v1/projects/deltas/uploads/{digest}/received?size={len(content)}"
    south, north = shared_cluster.south.client(), shared_cluster.north.client()
    assert south.get(received).json == {"received": 0}
    relay.reset()
    relay.cut_after(150 * MEBIBYTE)
    version = shared_cluster.cli_json("push", model, "deltas/long", at=relay, timeout=300)
    assert version["files"][0]["sha256"] == digest
    report("sent of 200 MiB with a cut after 150", f"{relay.sent >> 20} MiB")
    assert relay.sent < (150 + 72 + 8) * MEBIBYTE + OVERHEAD
    # It is staged: there is nothing to go on with.
    assert south.get(received).json == {"received": 0}
    # A push that ended is gone on with by another, and elsewhere.
    content = content[::-1]
    write(model, weights=content)
    digest = hashlib.sha256(content).hexdigest()
    received = f"/api/v1/projects/deltas/uploads/{digest}/received?size={len(content)}"
    relay.hold_after(150 * MEBIBYTE)
    pushing = shared_cluster.start_cli("push", model, "deltas/long", at=relay)
    # Two pages, of 1,024 chunks each.
    eventually(lambda: north.get(received).json["received"] > 100 * MEBIBYTE, "another node has the start", 60)
    pushing.kill()
    pushing.wait()
    relay.cut()
    at_north = north.get(received).json["received"]
    with Relay(shared_cluster.north) as other:
        version = shared_cluster.cli_json("push", model, "deltas/long", at=other, timeout=300)
        assert version["files"][0]["sha256"] == digest
        report("sent to another node by another push", f"{other.sent >> 20} MiB")
        assert other.sent < len(content) - at_north + 8 * MEBIBYTE


def test_nothing_is_gone_on_with_that_was_not_sent(shared_cluster):
    content = noise(3 * MEBIBYTE)
    digest = hashlib.sha256(content).hexdigest()
    client = shared_cluster.south.client()
    answer = put(shared_cluster, content, header(len(content), received=100) + literal(content[100:]))
    assert (answer.status, answer.problem) == (404, "not-found")
    path = f"/api/v1/projects/deltas/uploads/{digest}/received"
    for query in ("", "?size=", "?size=-1", "?size=x"):
        assert client.get(path + query).status == 400, query
    assert client.get(f"{path}?size={1 << 63}").json == {"received": 0}


def test_a_pull_whose_file_here_changes_meanwhile_still_gives_the_right_bytes(shared_cluster, relay, tmp_path):
    old = noise(4 * MEBIBYTE)
    register(shared_cluster.south.client(), "deltas", "changing", {"weights": old})
    shared_cluster.wait_caught_up()
    # Of the right size, with other bytes in its first half: nothing of that half may be taken.
    write(tmp_path / "copy", weights=noise(2 * MEBIBYTE) + old[2 * MEBIBYTE :])
    shared_cluster.cli("pull", "deltas/changing", "-o", tmp_path / "copy", at=relay)
    assert contents(tmp_path / "copy") == {"weights": old}


def test_what_was_pulled_before_is_taken_from_the_cache(shared_cluster, relay, tmp_path, report):
    old, new = noise(8 * MEBIBYTE), noise(MEBIBYTE)
    client = shared_cluster.south.client()
    register(client, "deltas", "cached", {"weights": old, "card": b"small"})
    register(client, "deltas", "cached", {"weights": old + new})
    shared_cluster.wait_caught_up()
    cache = tmp_path / "cache"

    def pull(version, where, *arguments):
        relay.reset()
        told = shared_cluster.cli("pull", f"deltas/cached:{version}", "-o", tmp_path / where, *arguments, at=relay,
                                  PEERAGE_CACHE=str(cache))
        return relay.received, told.stderr

    assert pull(1, "first")[0] > len(old)
    assert pull(1, "second")[0] < OVERHEAD
    received, _ = pull(2, "third")
    report("received of 9 MiB of which 8 are in the cache", f"{received} bytes")
    assert received < len(new) + 128 * 1024 + OVERHEAD
    assert contents(tmp_path / "third") == {"weights": old + new}
    kept = [path for path in cache.iterdir() if path.suffix != ".chunks"]
    assert sorted(path.stat().st_size for path in kept) == [len(old), len(old + new)]
    # Nothing in it is believed.
    for path in kept:
        damaged = bytearray(path.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
    assert pull(2, "fourth")[0] > len(old)
    assert contents(tmp_path / "fourth") == {"weights": old + new}
    # What was wrong was thrown out, and came anew.
    assert pull(2, "fifth")[0] < OVERHEAD
    # What was not used for longest goes first; what is too large never comes in.
    register(client, "deltas", "other", {"weights": noise(4 * MEBIBYTE)})
    shared_cluster.wait_caught_up()
    shared_cluster.cli("pull", "deltas/other", "-o", tmp_path / "sixth", "--cache-size", "14MiB", at=relay,
                       PEERAGE_CACHE=str(cache))
    sizes = sorted(path.stat().st_size for path in cache.iterdir() if path.suffix != ".chunks")
    assert sizes == [4 * MEBIBYTE, len(old + new)], sizes
    _, told = pull(1, "seventh", "--cache-size", "1MB")
    assert told == "" and (tmp_path / "seventh/weights").exists()
    cache_file = tmp_path / "file"
    cache_file.write_text("")
    told = shared_cluster.cli("pull", "deltas/cached:1", "-o", tmp_path / "eighth", "--cache", cache_file)
    assert "the files are here, but not in the cache" in told.stderr
    assert shared_cluster.cli("pull", "deltas/cached:1", "--cache-size", "lots", check=False).returncode == 2


# What no client of ours sends

def header(size, *sources, **more):
    text = json.dumps({"size": size, "sources": list(sources)} | more).encode()
    return struct.pack(">I", len(text)) + text


def source(**changes):
    return {"project": "deltas", "model": "hostile", "version": 1, "path": "weights"} | changes


def put(cluster, content, body):
    path = f"/api/v1/projects/deltas/uploads/{hashlib.sha256(content).hexdigest()}"
    return cluster.south.client().request("PUT", path, body, headers={"Content-Type": "application/vnd.peerage.delta"})


def copy(number, start, count):
    return struct.pack(">BIQQ", 2, number, start, count)


def literal(content, count=None):
    return struct.pack(">BI", 1, len(content) if count is None else count) + content


@pytest.fixture(scope="module")
def weights(shared_cluster):
    content = noise(300_000)
    register(shared_cluster.south.client(), "deltas", "hostile", {"weights": content, "empty": b""})
    return content


def test_a_delta_gives_the_file_it_describes(shared_cluster, weights):
    for content, body in (
        (weights, copy(0, 0, len(weights))),
        (weights[100_000:] + b"new" + weights[:1], copy(0, 100_000, 200_000) + literal(b"new") + copy(0, 0, 1)),
        (b"all new", literal(b"all") + literal(b"") + literal(b" new")),
        (b"", copy(0, 5, 0)),
    ):
        answer = put(shared_cluster, content, header(len(content), source()) + body)
        assert answer.status == 201 and answer.json["size"] == len(content), answer


@pytest.mark.parametrize(
    "body, status, problem",
    [
        (b"", 400, "invalid-request"),
        (b"\0\0\0", 400, "invalid-request"),
        (struct.pack(">I", 1 << 31) + b"{}", 400, "invalid-request"),
        (struct.pack(">I", 2) + b"{}", 400, "invalid-request"),
        (header(-1), 400, "invalid-request"),
        (header(4, source(version=9)) + copy(0, 0, 4), 404, "not-found"),
        (header(4, source(model="nothing")) + copy(0, 0, 4), 404, "not-found"),
        (header(4, source(path="nothing")) + copy(0, 0, 4), 404, "not-found"),
        (header(4, source(path="../weights")) + copy(0, 0, 4), 400, "invalid-request"),
        (header(4, source()) + copy(1, 0, 4), 400, "invalid-request"),
        (header(4, source()) + copy(0, 299_999, 4), 400, "invalid-request"),
        (header(4, source()) + copy(0, (1 << 64) - 2, 4), 400, "invalid-request"),
        (header(4, source()) + copy(0, 0, 5), 400, "invalid-request"),
        (header(4, source()) + copy(0, 0, 1 << 63), 400, "invalid-request"),
        (header(4, source(path="empty")) + copy(0, 0, 4), 400, "invalid-request"),
        (header(4) + literal(b"wrong"), 422, "size-mismatch"),
        (header(4) + literal(b"odd"), 422, "size-mismatch"),
        (header(4) + literal(b"four"), 422, "digest-mismatch"),
        (header(4) + literal(b"four", 1 << 31), 400, "invalid-request"),
        (header(4) + b"\7", 400, "invalid-request"),
        (header(4, source()) + copy(0, 0, 4)[:9], 400, "invalid-request"),
        (header(1 << 50) + literal(b"four"), 400, "invalid-request"),
    ],
    ids=range(22),
)
def test_a_delta_that_is_none_is_refused(shared_cluster, weights, body, status, problem):
    answer = put(shared_cluster, b"never sent", body)
    assert (answer.status, answer.problem) == (status, problem), answer


def test_the_list_of_chunks_names_each_once_in_order(shared_cluster, weights):
    client = shared_cluster.south.client()
    answer = client.get("/api/v1/projects/deltas/models/hostile/versions/1/chunks")
    assert answer.status == 200 and len(answer.body) % 36 == 0
    sizes = [struct.unpack(">I", answer.body[at + 32 : at + 36])[0] for at in range(0, len(answer.body), 36)]
    assert sum(sizes) == len(weights) and all(8 << 10 <= size <= 128 << 10 for size in sizes[:-1])
    assert client.get("/api/v1/projects/deltas/models/hostile/versions/2/chunks").status == 404
