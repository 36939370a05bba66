"""The audit log proves itself: without a server, against the nodes' signatures, and node by node."""

import base64
import hashlib
import json

import pytest

from nodes import Cluster, register, run
from waiting import eventually

AUDIT = "/api/v1/audit"


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path / "cluster")
    cluster.start()
    cluster.wait_understood()
    eventually(lambda: len(keys(cluster.north)) == 3, "every node has announced its key", 30)
    yield cluster
    cluster.stop()


def keys(node):
    return node.client().get(f"{AUDIT}/keys").json["items"]


def note(node):
    answer = node.client(timeout=30).get(f"{AUDIT}/checkpoint")
    assert answer.status == 200, answer
    text, signatures = answer.json["note"].split("\n\n")
    origin, size, root = text.split("\n")
    signers = [line.split(" ")[1].rsplit("/", 1)[1] for line in signatures.strip().split("\n")]
    return origin, int(size), base64.b64decode(root).hex(), signers


def leaf(content):
    return hashlib.sha256(b"\0" + content).digest()


def root_of(leaves):
    """RFC 6962, written down a second time."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\1" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def verify(directory, *arguments):
    return run("audit", "verify", directory, *arguments, check=False)


def test_every_node_signs_one_log(cluster):
    register(cluster.south.client(), "acme", "ranker", {"weights": b"1"})
    cluster.wait_caught_up()
    notes = [note(node) for node in cluster.nodes]
    assert len({(origin, size, root) for origin, size, root, _ in notes}) == 1, notes
    for node, (*_, signers) in zip(cluster.nodes, notes):
        assert sorted(signers) == ["north-1", "south-1", "west-1"], (node.name, signers)
    announced = {(item["node"], item["key"].split("+")[0]) for item in keys(cluster.west)}
    assert announced == {(node.name, f"peerage/{cluster.id}/{node.name}") for node in cluster.nodes}
    # One that is down does not sign, and the others do; it signs with the same key when it is back.
    before = keys(cluster.north)
    cluster.west.stop()
    assert sorted(note(cluster.north)[3]) == ["north-1", "south-1"]
    cluster.west.start().wait_ready()
    eventually(lambda: len(note(cluster.north)[3]) == 3, "all sign again", 20)
    assert keys(cluster.north) == before


def test_a_copy_is_verified_without_a_server_and_every_change_is_found(cluster, tmp_path, report):
    copy = tmp_path / "copy"
    first = cluster.cli_json("audit", "download", copy)
    assert first["records"] == first["new"] == first["checkpoint"] and first["new_keys"] == []
    for number in range(300):
        cluster.north.client().post("/api/v1/projects", {"name": f"project-{number}"})
    cluster.wait_caught_up()
    second = cluster.cli_json("audit", "download", copy, at=cluster.south)
    assert second["new"] >= 300 and second["records"] == first["records"] + second["new"]
    cluster.stop()
    done = run("audit", "verify", copy, "--json")
    finding = json.loads(done.stdout)
    assert finding["records"] == second["records"] and finding["checkpoints"] == [first["records"], second["records"]]
    assert sorted(key.rsplit("/", 1)[1] for key in finding["signed_by"]) == ["north-1", "south-1", "west-1"]
    report("verified", f"{finding['records']} records")
    lines = (copy / "records.jsonl").read_text().splitlines(keepends=True)

    def changed(position, **fields):
        record = json.loads(lines[position]) | fields
        return lines[:position] + [json.dumps(record) + "\n"] + lines[position + 1:]

    late = first["records"] + 17
    between = f"records {first['records'] + 1} to {second['records']}"
    for what, written, expected in [
        ("who", changed(late, by="mallory"), f"{between} are not those"),
        ("when", changed(late, at="2020-01-01T00:00:00.000Z"), f"{between} are not those"),
        ("the outcome of an early one", changed(1, outcome="forbidden"), "records 1 to"),
        ("dropped", lines[:late] + lines[late + 1:], f"line {late + 1} of records.jsonl is record {late + 2}"),
        ("swapped", lines[:late] + [lines[late + 1], lines[late]] + lines[late + 2:], "dropped or moved"),
        ("added", lines[:late] + [lines[late]] + lines[late:], "dropped or moved"),
        ("cut off", lines[:-5], "records were dropped"),
        ("no record", lines[:late] + ["{}\n"] + lines[late + 1:], "is no record"),
        ("half a line", lines[:-1] + [lines[-1][:20]], "is not whole"),
        ("without the last five, numbers closed up", lines[: late] + [
            json.dumps(json.loads(line) | {"sequence": json.loads(line)["sequence"] - 1}) + "\n"
            for line in lines[late + 1:]
        ], "records were dropped"),
    ]:
        (copy / "records.jsonl").write_text("".join(written))
        done = verify(copy)
        assert done.returncode == 1 and expected in done.stderr, (what, done.stderr)
    (copy / "records.jsonl").write_text("".join(lines))
    assert verify(copy).returncode == 0


def test_a_checkpoint_counts_when_most_nodes_signed_it(cluster, tmp_path):
    copy = tmp_path / "copy"
    told = cluster.cli_json("audit", "download", copy)
    checkpoint = copy / "checkpoints" / f"{told['checkpoint']}.note"
    text = checkpoint.read_text()
    head, signatures = text.split("\n\n")
    one, two, three = signatures.strip().split("\n")
    for what, written, returncode, expected in [
        ("two of three", f"{head}\n\n{one}\n{two}\n", 0, ""),
        ("one of three", f"{head}\n\n{one}\n", 1, "signed by 1 of the nodes in keys.txt, and 2 must"),
        ("one, twice", f"{head}\n\n{one}\n{one}\n", 1, "signed by 1 of"),
        ("one's name under another's", f"{head}\n\n{one}\n{two.rsplit(' ', 1)[0]} {one.rsplit(' ', 1)[1]}\n", 1,
         "signed by 1 of"),
        ("another size", text.replace(f"\n{told['checkpoint']}\n", "\n1\n"), 1, "signed by 0 of"),
        ("no note", "nothing", 1, "is no checkpoint"),
    ]:
        checkpoint.write_text(written)
        done = verify(copy)
        assert done.returncode == returncode and expected in done.stderr, (what, done.stderr)
    checkpoint.write_text(text)
    assert verify(copy, "--signatures", "3").returncode == 0
    assert verify(copy, "--signatures", "4").returncode == 1
    # Keys that the auditor does not have sign nothing, whatever the cluster says of them; and a new one is told.
    trusted = (copy / "keys.txt").read_text().splitlines(keepends=True)
    (copy / "keys.txt").write_text(trusted[0])
    assert verify(copy, "--signatures", "2").returncode == 1
    again = cluster.cli_json("audit", "download", copy)
    assert again["new_keys"] == [line.strip() for line in trusted[1:]]
    # A download that broke off within a line goes on.
    (copy / "keys.txt").write_text("".join(trusted))
    records = copy / "records.jsonl"
    whole = records.read_bytes()
    records.write_bytes(whole[:-30])
    assert verify(copy).returncode == 1
    cluster.cli("audit", "download", copy)
    assert records.read_bytes()[: len(whole)] == whole and verify(copy).returncode == 0


def test_proofs_lead_to_the_root_and_tiles_hold_the_log(cluster):
    client = cluster.west.client()
    for number in range(270):
        client.post("/api/v1/projects", {"name": f"project-{number}"})
    cluster.wait_caught_up()
    _, size, root, _ = note(cluster.west)
    entries = read_entries(client, size)
    leaves = [leaf(entry) for entry in entries]
    assert root_of(leaves).hex() == root
    for sequence in (1, 2, 256, 257, size):
        proof = client.get(f"{AUDIT}/proofs/inclusion?sequence={sequence}&size={size}").json
        assert proof["root"] == root and climb(leaves[sequence - 1], sequence - 1, size, proof["hashes"]) == root
    for old in (0, 1, 200, 256, size):
        proof = client.get(f"{AUDIT}/proofs/consistency?from={old}&to={size}").json
        assert (proof["size"], proof["root"]) == (size, root)
        if 0 < old < size:
            assert grow(root_of(leaves[:old]), old, size, proof["hashes"]) == (root_of(leaves[:old]).hex(), root)
        else:
            assert proof["hashes"] == []
    assert client.get(f"{AUDIT}/log/tile/0/000").body == b"".join(leaves[:256])
    assert client.get(f"{AUDIT}/log/tile/1/000.p/1").body == root_of(leaves[:256])
    assert client.get(f"{AUDIT}/log/checkpoint").body.decode().split("\n")[1] == str(size)
    for path, status in {
        "tile/0/001": 404, "tile/0/000.p/0": 404, "tile/0/000.p/256": 404, "tile/1/000": 404, "tile/9/000": 404,
        "tile/0/0": 404, "tile/0/x000/000": 404, "tile/0/x999/x999/x999/x999/x999/999": 404, "tile/-1/000": 404,
        "tile/entries/000.p/999": 404, "nothing": 404, "tile": 404,
    }.items():
        assert client.get(f"{AUDIT}/log/{path}").status == status, path
    for query, status in {
        "inclusion": 400, "inclusion?sequence=0": 404, f"inclusion?sequence={size + 1000}": 404,
        "inclusion?sequence=1&size=0": 404, "inclusion?sequence=x": 400, f"inclusion?sequence=1&size={2**64 - 1}": 404,
        f"consistency?from={size}&to=1": 404, f"consistency?to={size + 1000}": 404, "consistency?from=-1": 400,
    }.items():
        assert client.get(f"{AUDIT}/proofs/{query}").status == status, query


def read_entries(client, size):
    entries = []
    for index in range((size + 255) // 256):
        width = min(256, size - 256 * index)
        suffix = "" if width == 256 else f".p/{width}"
        body = client.get(f"{AUDIT}/log/tile/entries/{index:03d}{suffix}").body
        while body:
            length = int.from_bytes(body[:2], "big")
            entries.append(body[2: 2 + length])
            body = body[2 + length:]
    assert len(entries) == size
    return entries


def climb(found, index, size, hashes):
    """RFC 9162, section 2.1.3.2."""
    last = size - 1
    for sibling in map(bytes.fromhex, hashes):
        if index % 2 or index == last:
            found = hashlib.sha256(b"\1" + sibling + found).digest()
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            found = hashlib.sha256(b"\1" + found + sibling).digest()
        index, last = index // 2, last // 2
    assert last == 0
    return found.hex()


def grow(found, old, size, hashes):
    """RFC 9162, section 2.1.4.2: the roots that a proof leads to."""
    path = list(map(bytes.fromhex, hashes))
    if old & (old - 1) == 0:
        path.insert(0, found)
    index, last = old - 1, size - 1
    while index % 2:
        index, last = index // 2, last // 2
    before = after = path[0]
    for sibling in path[1:]:
        if index % 2 or index == last:
            before = hashlib.sha256(b"\1" + sibling + before).digest()
            after = hashlib.sha256(b"\1" + sibling + after).digest()
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            after = hashlib.sha256(b"\1" + after + sibling).digest()
        index, last = index // 2, last // 2
    assert last == 0
    return before.hex(), after.hex()


def test_a_node_that_lost_its_key_says_so_in_the_log(cluster):
    cluster.west.stop()
    (cluster.west.data / "audit-key").write_text("nothing\n")
    cluster.west.start()
    assert cluster.west.wait_for_exit() not in (0, None)
    assert "holds no key" in cluster.west.log_text()
    (cluster.west.data / "audit-key").unlink()
    cluster.west.start().wait_ready()
    eventually(lambda: len(keys(cluster.north)) == 4, "the new key is announced", 30)
    record = next(
        record for record in reversed(cluster.north.client().items(AUDIT)) if record["action"] == "audit.announce-key")
    assert record["object"].startswith("west-1 peerage/") and record["by"] == "peerage"
    assert (cluster.west.data / "audit-key").stat().st_mode & 0o777 == 0o600
    assert len(note(cluster.north)[3]) == 3


def test_who_does_not_read_the_log_gets_no_proof_of_it_either(cluster):
    client = cluster.north.client()
    assert client.post("/api/v1/principals", {"name": "kim", "role": "contributor"}).status == 201
    token = client.post("/api/v1/principals/kim/tokens", {}).json["token"]
    for path in ("checkpoint", "keys", "proofs/inclusion?sequence=1", "proofs/consistency", "log/tile/entries/000.p/1"):
        assert client.get(f"{AUDIT}/{path}", token=token).status == 403, path
