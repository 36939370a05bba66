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
    assert len(note(cluster.north)[3]) == 3, "what all have signed stays signed"
    assert cluster.north.client().post("/api/v1/projects", {"name": "without-west"}).status == 201
    assert sorted(note(cluster.north)[3]) == ["north-1", "south-1"]
    cluster.west.start().wait_ready()
    eventually(lambda: len(note(cluster.north)[3]) == 3, "all sign again", 20)
    assert keys(cluster.north) == before


def test_a_copy_is_verified_without_a_server_and_every_change_is_found(cluster, tmp_path, report):
    copy = tmp_path / "copy"
    first = cluster.cli_json("audit", "download", copy)
    assert first["records"] == first["new"] == first["checkpoint"] and first["unsigned"] == []
    assert first["new_keys"] == (copy / "keys.txt").read_text().split() and len(first["new_keys"]) == 3
    for number in range(300):
        cluster.north.client().post("/api/v1/projects", {"name": f"project-{number}"})
    cluster.wait_caught_up()
    second = cluster.cli_json("audit", "download", copy, at=cluster.south)
    assert second["new"] >= 300 and second["records"] == first["records"] + second["new"]
    cluster.stop()
    done = run("audit", "verify", copy, "--json")
    finding = json.loads(done.stdout)
    assert finding["records"] == second["records"] and finding["checkpoints"] == [first["records"], second["records"]]
    assert sorted(finding["signed_by"]) == sorted(first["new_keys"]) and finding["uncounted"] == []
    report("verified", f"{finding['records']} records")
    lines = (copy / "records.jsonl").read_text().splitlines(keepends=True)

    def written(record):
        return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"

    def changed(position, **fields):
        return lines[:position] + [written(json.loads(lines[position]) | fields)] + lines[position + 1:]

    def spoiled(position, old, new):
        assert old in lines[position]
        return lines[:position] + [lines[position].replace(old, new, 1)] + lines[position + 1:]

    assert changed(late := first["records"] + 17) == lines, "the tests write records as they are written"

    between = f"records {first['records'] + 1} to {second['records']}"
    for what, content, expected in [
        ("who", changed(late, by="mallory"), f"{between} are not those"),
        ("when", changed(late, at="2020-01-01T00:00:00.000Z"), f"{between} are not those"),
        ("the outcome of an early one", changed(1, outcome="forbidden"), "records 1 to"),
        ("dropped", lines[:late] + lines[late + 1:], f"line {late + 1} of records.jsonl is record {late + 2}"),
        ("swapped", lines[:late] + [lines[late + 1], lines[late]] + lines[late + 2:], "dropped or moved"),
        ("added", lines[:late] + [lines[late]] + lines[late:], "dropped or moved"),
        ("cut off", lines[:-5], "records were dropped"),
        ("no record", lines[:late] + ["{}\n"] + lines[late + 1:], "not as a record is written"),
        # What a reader of JSON may take for what was proven, and is not.
        ("a second member", spoiled(late, '"by":', '"by":"mallory","by":'), "not as a record is written"),
        ("a second member behind", spoiled(late, "}", ',"by":"mallory"}'), "not as a record is written"),
        ("a stranger", spoiled(late, "}", ',"approved_by":"cfo"}'), "not as a record is written"),
        ("microseconds", spoiled(late, 'Z"', '999Z"'), "not as a record is written"),
        ("white space", spoiled(late, ",", ", "), "not as a record is written"),
        ("half a line", lines[:-1] + [lines[-1][:20]], "is not whole"),
        ("one left out, numbers closed up", lines[: late] + [
            written(json.loads(line) | {"sequence": json.loads(line)["sequence"] - 1}) for line in lines[late + 1:]
        ], "records were dropped"),
    ]:
        (copy / "records.jsonl").write_text("".join(content))
        done = verify(copy)
        assert done.returncode == 1 and expected in done.stderr, (what, done.stderr)
    # A history that is made up behind the last checkpoint proves nothing, and says so.
    (copy / "records.jsonl").write_text("".join(changed(late, by="mallory")))
    newest = copy / "checkpoints" / f"{second['checkpoint']}.note"
    kept = newest.read_text()
    newest.unlink()
    done = verify(copy)
    assert done.returncode == 1 and f"{between} are proven by no checkpoint" in done.stderr, done.stderr
    newest.write_text(kept)
    (copy / "records.jsonl").write_text("".join(lines))
    assert verify(copy).returncode == 0


def test_a_checkpoint_counts_when_most_nodes_signed_it(cluster, tmp_path):
    copy, elsewhere = tmp_path / "copy", tmp_path / "keys"
    assert "there is no copy" in verify(copy).stderr
    told = cluster.cli_json("audit", "download", copy)
    checkpoint = copy / "checkpoints" / f"{told['checkpoint']}.note"
    text = checkpoint.read_text()
    head, signatures = text.split("\n\n")
    one, two, three = signatures.strip().split("\n")
    for what, written, returncode, expected in [
        ("two of three", f"{head}\n\n{one}\n{two}\n", 0, ""),
        ("one of three", f"{head}\n\n{one}\n", 1, "(signed by 1 of them)"),
        ("one, twice", f"{head}\n\n{one}\n{one}\n", 1, "(signed by 1 of them)"),
        ("one's name under another's", f"{head}\n\n{one}\n{two.rsplit(' ', 1)[0]} {one.rsplit(' ', 1)[1]}\n", 1,
         "(signed by 1 of them)"),
        ("a signature of something else", f"{head}\n\n{one}\n{two}\n{three[:-8]}{one[-8:]}\n", 1, "is wrong"),
        ("another size", text.replace(f"\n{told['checkpoint']}\n", "\n1\n"), 1, "is wrong: it was changed"),
        ("another log", text.replace("peerage/", "peerage/x", 1), 1, "(signed by 0 of them)"),
        ("no note", "nothing", 1, "is no checkpoint"),
    ]:
        checkpoint.write_text(written)
        done = verify(copy)
        assert done.returncode == returncode and expected in done.stderr, (what, done.stderr)
    checkpoint.write_text(text)
    assert verify(copy, "--signatures", "3").returncode == 0
    assert verify(copy, "--signatures", "4").returncode == 1
    # Keys that the auditor does not have sign nothing, whatever the copy says of them; and those that are new are told.
    trusted = (copy / "keys.txt").read_text().splitlines(keepends=True)
    elsewhere.write_text("# by telephone\n" + trusted[0])
    assert verify(copy, "--keys", elsewhere).returncode == 0
    assert verify(copy, "--keys", elsewhere, "--signatures", "2").returncode == 1
    (copy / "keys.txt").write_text(trusted[0])
    assert cluster.cli_json("audit", "download", copy)["new_keys"] == [line.strip() for line in trusted[1:]]
    (copy / "keys.txt").write_text("".join(trusted))
    # A download that broke off within a line goes on.
    records = copy / "records.jsonl"
    whole = records.read_bytes()
    records.write_bytes(whole[:-30])
    assert verify(copy).returncode == 1
    cluster.cli("audit", "download", copy)
    assert records.read_bytes()[: len(whole)] == whole and verify(copy).returncode == 0


def test_checkpoints_are_kept_whoever_signed_them(cluster, tmp_path):
    copy = tmp_path / "copy"
    cluster.south.stop()
    cluster.west.stop()
    # Nothing is written without a majority: the size stays.
    few = cluster.cli_json("audit", "download", copy, at=cluster.north)
    assert sorted(line.split(":")[0] for line in few["unsigned"]) == ["south-1", "west-1"]
    size = few["checkpoint"]
    assert verify(copy).returncode == 1
    cluster.start([cluster.south, cluster.west])
    assert cluster.south.client(timeout=30).post("/api/v1/projects", {"name": "later"}).status == 201
    eventually(lambda: len(note(cluster.north)[3]) == 3, "all sign again", 30)
    more = cluster.cli_json("audit", "download", copy)
    finding = json.loads(run("audit", "verify", copy, "--json").stdout)
    assert finding["uncounted"] == [size] and finding["checkpoints"] == [more["checkpoint"]]
    # Of the same log, signatures come together; of another, both stay, and that is an alarm.
    newest = copy / "checkpoints" / f"{more['checkpoint']}.note"
    text = newest.read_text()
    head, signatures = text.split("\n\n")
    again = cluster.cli_json("audit", "download", copy)
    if again["checkpoint"] == more["checkpoint"]:
        newest.write_text(head + "\n\n" + signatures.split("\n")[0] + "\n")
        cluster.cli("audit", "download", copy)
        assert sorted(newest.read_text().strip().split("\n")[4:]) == sorted(signatures.strip().split("\n"))
        other = base64.b64encode(bytes(32)).decode()
        newest.write_text(text.replace(head.split("\n")[2], other))
        done = cluster.cli("audit", "download", copy, check=False)
        assert done.returncode == 1 and "signed two logs" in done.stderr
        assert other in newest.read_text() and len(list(newest.parent.glob(f"{more['checkpoint']}.*.note"))) == 1


def test_no_record_is_too_large_for_those_who_read_the_log(cluster):
    """Whoever may ask anything has their words in the log: at most so many of them."""
    client = cluster.north.client()
    thing = ("a" + "\u0301" * 40) * 1024
    refused = client.post("/api/v1/recalls", {"thing": thing, "reason": "x"})
    assert refused.status in (400, 422), refused
    cluster.wait_caught_up()
    for node in cluster.nodes:
        _, size, root, _ = note(node)
        assert root_of([leaf(entry) for entry in read_entries(node.client(), size)]).hex() == root
    assert max(len(record["object"].encode()) for record in client.items(AUDIT)) < 1100


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


def test_records_are_found_and_exported(cluster):
    client = cluster.south.client()
    assert client.post("/api/v1/principals", {"name": "kim", "role": "reader"}).status == 201
    token = client.post("/api/v1/principals/kim/tokens", {}).json["token"]
    for number in range(5):
        assert client.post("/api/v1/projects", {"name": f"kims-{number}"}, token=token).status == 403
        assert client.post("/api/v1/projects", {"name": f"ours-{number}"}).status == 201
    of_kim = client.items(f"{AUDIT}?by=kim")
    assert [record["object"] for record in of_kim] == [f"kims-{number}" for number in range(5)]
    assert client.items(f"{AUDIT}?outcome=refused&action=project.") == of_kim
    assert client.items(f"{AUDIT}?object=ours-&site=south", limit=2)[0]["object"] == "ours-0"
    middle = of_kim[2]["at"]
    assert len(client.items(f"{AUDIT}?by=kim&since={middle}")) + len(client.items(f"{AUDIT}?by=kim&until={middle}")) == 5
    for query in ("since=yesterday", "by=nobody at all", "cursor=x", "limit=0"):
        assert client.get(f"{AUDIT}?{query.replace(' ', '%20')}").status in (400, 422), query
    lines = cluster.cli("audit", "export", "--by", "kim").stdout.splitlines()
    assert [json.loads(line) for line in lines] == of_kim
    event = json.loads(cluster.cli("audit", "export", "--by", "kim", "--format", "cloudevents").stdout.splitlines()[0])
    assert (event["type"], event["data"], event["id"]) == ("peerage.audit.project.create", of_kim[0], str(of_kim[0]["sequence"]))
    assert event["source"] == f"urn:peerage:cluster:{cluster.id}" and event["specversion"] == "1.0"
    assert "kims-4" in cluster.cli("audit", "--outcome", "forbidden").stdout


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
