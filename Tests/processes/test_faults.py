"""Nodes, disks and certificates that fail: what was acknowledged stays, what cannot be done is said."""

import datetime
import os
import shutil
import socket
import ssl
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from nodes import Cluster, register, upload
from waiting import eventually

# A node asks around before it gives up on a write: longer than an election, shorter than a client's patience.
MOST_SECONDS_TO_A_REFUSAL = 12


def test_an_upload_goes_on_at_another_node_when_the_first_dies(cluster, tmp_path, report):
    size = 768 << 20
    big = tmp_path / "big.bin"
    with big.open("wb") as file:
        for _ in range(size >> 24):
            file.write(os.urandom(1 << 24))
    push = cluster.start_cli("push", big, "faults/resumed")
    eventually(
        lambda: push.poll() is not None or cluster.north.stored_bytes() > 64 << 20, "64 MiB are at north", within=120
    )
    assert push.poll() is None, f"the push ended before its node was killed: {push.communicate()}"
    cluster.north.kill()
    killed = time.monotonic()
    output, errors = push.communicate(timeout=300)
    assert push.returncode == 0, (output, errors)
    report("push after its node died", f"finished in {time.monotonic() - killed:.1f} s")
    cluster.wait_caught_up([cluster.south, cluster.west])
    cluster.cli("pull", "faults/resumed", "-o", tmp_path / "copy", at=cluster.west, timeout=300)
    assert subprocess.run(["cmp", big, tmp_path / "copy" / "big.bin"]).returncode == 0
    cluster.north.start().wait_ready()
    cluster.wait_caught_up()
    shutil.rmtree(tmp_path / "copy")
    cluster.cli("pull", "faults/resumed", "-o", tmp_path / "copy", at=cluster.north, timeout=300)
    assert subprocess.run(["cmp", big, tmp_path / "copy" / "big.bin"]).returncode == 0


def test_without_a_majority_writes_are_refused_and_reads_go_on(cluster, report):
    content = os.urandom(200_000)
    register(cluster.north.client(), "faults", "model", {"a": content})
    cluster.wait_caught_up()
    client = cluster.north.client(timeout=30)
    staged = upload(client, "faults", b"half made")
    cluster.south.kill()
    cluster.west.kill()

    began = time.monotonic()
    refused = client.post("/api/v1/projects/faults/models/model/versions", {"files": [{"path": "b", **staged}]})
    seconds = time.monotonic() - began
    assert refused.status == 503, refused
    assert refused.problem in ("no-leader", "unknown-outcome", "bytes-not-replicated"), refused
    assert seconds < MOST_SECONDS_TO_A_REFUSAL
    report("refusal without a majority", f"{refused.problem} after {seconds * 1000:.0f} ms")

    files = "/api/v1/projects/faults/models/model/versions/1/files/a"
    eventually(lambda: client.get(files).headers.get("peerage-stale") == "true", "reads are marked stale", within=10)
    assert client.get(files).body == content
    assert client.get(files, consistency="stale").body == content
    linearizable = client.get("/api/v1/projects/faults", consistency="linearizable")
    assert (linearizable.status, linearizable.problem) == (503, "no-leader")
    refused_upload = client.put(f"/api/v1/projects/faults/uploads/{'0' * 64}", b"x" * 1000)
    assert refused_upload.status >= 400

    cluster.start([cluster.south, cluster.west])
    cluster.wait_caught_up()
    for node in cluster.nodes:
        expect_whole_versions(node, "faults", "model")


def expect_whole_versions(node, project, model, pushed=None):
    """Every version that is listed can be read in full: a write that got no answer is there or it is not. With
    `pushed`, number → bytes: these versions can, and their files are these bytes."""
    client = node.client()
    path = f"/api/v1/projects/{project}/models/{model}/versions"
    versions = {version["number"]: version for version in client.items(path)}
    for number in versions if pushed is None else pushed:
        for file in versions[number]["files"]:
            answer = client.get(f"{path}/{number}/files/{file['path']}")
            assert (answer.status, len(answer.body)) == (200, file["size"]), (number, file)
            assert pushed is None or answer.body == pushed[number], f"other bytes than were pushed: {number}, {file}"


def test_a_data_directory_of_another_cluster_is_refused(idle_cluster, tmp_path):
    idle_cluster.start()
    idle_cluster.west.stop()
    other = Cluster(tmp_path / "other")
    try:
        other.west.start(data=idle_cluster.west.data)
        assert other.west.wait_for_exit() not in (0, None)
        log = other.west.log_text()
        assert "cluster" in log and idle_cluster.id in log and other.id in log, log
    finally:
        other.stop()
    idle_cluster.west.start().wait_ready()
    idle_cluster.wait_caught_up()


def test_a_data_directory_of_another_node_is_refused(cluster):
    cluster.west.stop()
    cluster.south.stop()
    cluster.west.start(data=cluster.south.data)
    assert cluster.west.wait_for_exit() not in (0, None)
    assert "member" in cluster.west.log_tail(5) or "node" in cluster.west.log_tail(5)
    cluster.start([cluster.south, cluster.west])
    cluster.wait_caught_up()


def foreign_certificates(cluster, tmp_path):
    """Certificates of the same names by an authority of the same name that is not ours."""
    return Cluster(tmp_path / "foreign", cluster_id=cluster.id).west.certificates


def certificates_of_another_node(cluster, tmp_path):
    return cluster.south.certificates


def expired_certificates(cluster, tmp_path):
    """West's own certificate, signed by our authority, valid until yesterday."""
    directory = tmp_path / "expired"
    shutil.copytree(cluster.west.certificates, directory)
    authority = x509.load_pem_x509_certificate((cluster.ca_directory / "ca.pem").read_bytes())
    key = serialization.load_pem_private_key((cluster.ca_directory / "ca-key.pem").read_bytes(), None)
    valid = x509.load_pem_x509_certificates((directory / "node.pem").read_bytes())[0]
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(valid.subject)
        .issuer_name(authority.subject)
        .public_key(valid.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=30))
        .not_valid_after(now - datetime.timedelta(days=1))
    )
    for extension in valid.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    digest = hashes.SHA256() if isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)) else None
    signed = builder.sign(key, digest).public_bytes(serialization.Encoding.PEM)
    (directory / "node.pem").write_bytes(signed)
    return directory


@pytest.mark.parametrize("make", [foreign_certificates, certificates_of_another_node, expired_certificates])
def test_a_node_with_a_wrong_certificate_does_not_join(idle_cluster, tmp_path, make):
    cluster = idle_cluster
    majority = [cluster.north, cluster.south]
    certificates = make(cluster, tmp_path)
    cluster.start(majority)
    cluster.west.start(certificates=certificates)

    def says_why():
        return "certificate" in cluster.west.log_text().lower() and (
            not cluster.west.is_running or not cluster.west.is_ready(ca=None)
        )

    eventually(says_why, lambda: f"west's log names the certificate\n{cluster.west.log_tail()}", within=20)
    register(cluster.north.client(), "faults", "alone", {"a": b"1"})
    applied = cluster.wait_caught_up(majority)
    told = cluster.west.status() if cluster.west.is_running else None
    assert told is None or told["applied"] < applied
    if cluster.west.is_running:
        cluster.west.kill()
    cluster.west.process = None
    cluster.west.start().wait_ready()
    cluster.wait_caught_up()


def test_a_stranger_cannot_reach_the_peer_port(shared_cluster):
    port = shared_cluster.topology["nodes"][0]["peer"]["port"]
    context = ssl.create_default_context(cafile=shared_cluster.ca)
    context.check_hostname = False
    # In TLS 1.3 a client believes it is connected before the server has looked at its certificate: the read tells.
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain, pytest.raises(OSError) as refusal:
        with context.wrap_socket(plain) as stranger:
            stranger.sendall(b"hello")
            heard = stranger.recv(1)
            raise AssertionError(f"a node answered a stranger: {heard}")
    assert "CERTIFICATE_REQUIRED" in str(refusal.value) or isinstance(refusal.value, ConnectionResetError), refusal
    assert shared_cluster.north.is_running


def test_two_processes_on_one_data_directory(cluster):
    north = cluster.north
    second = Cluster(cluster.directory / "second", cluster_id=cluster.id).north
    second.start(
        data=north.data, certificates=north.certificates, topology=cluster.topology_with_other_ports(north)
    )
    try:
        assert second.wait_for_exit() not in (0, None)
    finally:
        if second.is_running:
            second.kill()
    log = second.log_text().lower()
    assert "in use" in log or "lock" in log or "another process" in log, log
    assert north.is_running
    register(north.client(), "faults", "undisturbed", {"a": b"1"})
    cluster.wait_caught_up()


@pytest.fixture
def small_disk(idle_cluster):
    """West's data directory on a file system of its own, too small for what will come."""
    data = idle_cluster.west.data
    data.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=192m,mode=0700", "tmpfs", data], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"no file system may be mounted here: {mounted.stderr.strip()}")
    yield idle_cluster, data
    idle_cluster.stop()
    subprocess.run(["umount", data], check=True)


def test_a_full_disk_at_one_node_stops_nobody_else(small_disk, report):
    cluster, data = small_disk
    cluster.start()
    client = cluster.north.client(timeout=60)
    for number in range(12):
        register(client, "faults", "filling", {"a": os.urandom(32 << 20)})
    told = eventually(
        lambda: what_is_wrong(cluster.west), lambda: f"west says that its disk is full\n{cluster.west.log_tail()}", 30
    )
    report("west says", told)
    register(client, "faults", "after", {"a": b"1"})
    cluster.wait_caught_up([cluster.north, cluster.south])

    subprocess.run(["mount", "-o", "remount,size=2g", data], check=True)
    if not cluster.west.is_running:
        cluster.west.process = None
        cluster.west.start().wait_ready()
    cluster.wait_caught_up(within=60)
    for node in cluster.nodes:
        expect_whole_versions(node, "faults", "filling")


def what_is_wrong(node):
    """What the node says is wrong; nothing while it says that all is well."""
    status = node.status()
    if status is None:
        return "the node does not answer" if not node.is_running else None
    return status["problem"]
