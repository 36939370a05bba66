"""Backups, restores, and clusters founded anew from what a lost majority left."""

import os

import pytest

from guests import Guest, invite, promote
from nodes import register, run
from waiting import eventually

FILES = "/api/v1/projects/acme/models/ranker/versions"


@pytest.fixture
def guests():
    made = []
    yield made
    for guest in made:
        if guest.is_running:
            guest.kill()


def fill(cluster):
    """Two versions that share most of their bytes; returns the files of each."""
    base = os.urandom(6 << 20)
    versions = [{"weights.bin": base, "card.md": b"one"}, {"weights.bin": base[: 5 << 20] + os.urandom(1 << 20)}]
    for files in versions:
        register(cluster.north.client(), "acme", "ranker", files, aliases=["production"])
    return versions


def expect_versions(client, versions):
    for number, files in enumerate(versions, start=1):
        for path, content in files.items():
            answer = client.get(f"{FILES}/{number}/files/{path}")
            assert (answer.status, answer.body == content) == (200, True), (number, path, answer.status)
    assert client.get(f"{FILES}/production").json["number"] == len(versions)


def restore(cluster, guests, backup, name="north-9"):
    """A node made of the backup, not started."""
    guest = Guest(cluster, name, "north", folder=name)
    guests.append(guest)
    run(
        "restore", backup, "--data", guest.data, "--node", name, "--site", "north", "--api", f"127.0.0.1:{guest.port}",
        "--peer", f"127.0.0.1:{guest.peer_port}",
    )
    return guest


def test_a_backup_is_taken_resumed_verified_and_restored_to_a_new_cluster(cluster, guests, tmp_path, report):
    cluster.wait_understood()
    versions = fill(cluster)
    backup = tmp_path / "backup"
    manifest = cluster.cli_json("backup", backup, at=cluster.west)
    assert manifest["bytes"] >= 11 << 20 and manifest["cluster"] == cluster.id
    old_audit = cluster.north.client().items("/api/v1/audit")
    # Again, after more was registered: what is there is not fetched again.
    before = {path: path.stat().st_mtime_ns for path in (backup / "pages").rglob("*") if path.is_file()}
    versions.append({"new.bin": os.urandom(1 << 20)})
    register(cluster.north.client(), "acme", "ranker", versions[-1], aliases=["production"])
    cluster.wait_caught_up()
    cluster.cli("backup", backup, at=cluster.south)
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    run("backup", backup, "--verify")

    guest = restore(cluster, guests, backup)
    old_ca, cluster.ca = cluster.ca, str(guest.data / "certificates" / "ca.pem")
    guest.start().wait_ready()
    client = guest.client()
    expect_versions(client, versions)
    status = client.get("/api/v1/cluster").json
    assert status["cluster"] != cluster.id
    assert [node["id"] for node in status["nodes"]] == ["north-9"]
    audit = client.items("/api/v1/audit")
    assert audit[: len(old_audit)] == old_audit
    assert [record["sequence"] for record in audit] == list(range(1, len(audit) + 1))
    assert any(record["action"] == "cluster.restore" and record["object"] == cluster.id for record in audit)
    # The old cluster still runs beside it, and neither hears the other.
    cluster.ca = old_ca
    assert cluster.leader() in cluster.nodes
    report("backup", f"{manifest['pages']} pages, {manifest['bytes'] >> 20} MiB")


def test_a_restored_cluster_grows_again(cluster, guests, tmp_path):
    cluster.wait_understood()
    versions = fill(cluster)
    cluster.cli("backup", tmp_path / "backup")
    cluster.stop()
    first = restore(cluster, guests, tmp_path / "backup")
    cluster.ca = str(first.data / "certificates" / "ca.pem")
    cluster.nodes = [first]
    first.start().wait_ready()
    for name in ("south-9", "west-9"):
        guest = Guest(cluster, name, name.split("-")[0])
        guests.append(guest)
        guest.start(invite(cluster, name, guest.site)).wait_ready()
        promote(cluster, name)
    first.kill()
    eventually(lambda: any(g.is_ready() for g in guests[1:]), "the others go on", within=20)
    expect_versions(guests[1].client(), versions)


def test_a_damaged_or_unfinished_backup_is_not_restored(cluster, guests, tmp_path):
    fill(cluster)
    backup = tmp_path / "backup"
    cluster.cli("backup", backup)
    page = next(path for path in (backup / "pages").rglob("*") if path.is_file() and path.stat().st_size > 1 << 20)
    whole = page.read_bytes()
    page.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    for arguments in (["backup", backup, "--verify"], ["restore", backup, "--data", tmp_path / "a", *PLACE]):
        done = run(*arguments, check=False)
        assert done.returncode == 1 and page.name in done.stderr, done.stderr
    page.write_bytes(whole)
    kept = next(backup.glob("state-*"))
    state = kept.read_bytes()
    flipped = bytearray(state)
    flipped[len(state) // 2] ^= 1
    kept.write_bytes(flipped)
    assert run("backup", backup, "--verify", check=False).returncode == 1
    kept.write_bytes(state)
    run("backup", backup, "--verify")
    (backup / "backup.json").unlink()
    done = run("restore", backup, "--data", tmp_path / "b", *PLACE, check=False)
    assert done.returncode == 1 and "no finished backup" in done.stderr


PLACE = ("--node", "n-1", "--site", "north", "--api", "127.0.0.1:1", "--peer", "127.0.0.1:2")


def test_a_restore_never_overwrites_a_node(cluster, tmp_path):
    fill(cluster)
    cluster.cli("backup", tmp_path / "backup")
    cluster.west.stop()
    done = run("restore", tmp_path / "backup", "--data", cluster.west.data, *PLACE, check=False)
    assert done.returncode == 1 and "holds a node's data already" in done.stderr
    cluster.west.start().wait_ready()
    cluster.wait_caught_up()


def test_no_node_starts_in_a_restore_that_was_cut_off(cluster, guests, tmp_path):
    fill(cluster)
    cluster.cli("backup", tmp_path / "backup")
    guest = Guest(cluster, "north-9", "north")
    guests.append(guest)
    guest.data.mkdir()
    (guest.data / "restoring").touch()
    guest.start()
    assert guest.wait_for_exit() not in (0, None)
    assert "run peerage restore again" in guest.log_text()
    again = ("restore", tmp_path / "backup", "--data", guest.data, *PLACE)
    run(*again)
    assert run(*again, check=False).returncode == 1


def test_one_survivor_is_recovered_and_the_lost_cannot_argue(cluster, guests, tmp_path, report):
    cluster.wait_understood()
    versions = fill(cluster)
    cluster.wait_held("acme")
    cluster.north.kill()
    cluster.west.kill()
    cluster.south.stop()
    refused = run("recover", "--data", cluster.south.data, check=False)
    assert refused.returncode == 2 and "loses" in refused.stderr
    said = run("recover", "--data", cluster.south.data, "--accept-lost-writes").stdout
    survivor = Survivor(cluster)
    guests.append(survivor)
    cluster.ca = str(cluster.south.data / "certificates" / "ca.pem")
    survivor.start().wait_ready()
    client = survivor.client()
    expect_versions(client, versions)
    status = client.get("/api/v1/cluster").json
    assert status["cluster"] in said and status["cluster"] != cluster.id
    assert client.post("/api/v1/projects", {"name": "after"}).status == 201
    # The two that were lost come back: a majority of the old cluster, which the new one never hears.
    cluster.ca = str(cluster.ca_directory / "ca.pem")
    cluster.start([cluster.north, cluster.west])
    assert cluster.north.client().post("/api/v1/projects", {"name": "old"}).status == 201
    cluster.ca = str(cluster.south.data / "certificates" / "ca.pem")
    assert survivor.client().get("/api/v1/projects/old").status == 404
    assert status["nodes"][0]["role"] == "voter"
    report("recovered", f"cluster {status['cluster']} at south-1")


class Survivor(Guest):
    """The node of south, which knows its place from its data directory now."""

    def __init__(self, cluster):
        super().__init__(cluster, "south-1", "south", folder="survivor")
        self.data = cluster.south.data
        self.host, self.port = cluster.south.host, cluster.south.port
