"""Certificates and the authority are replaced while everything runs: no restart, no dropped link, no failed request."""

import shutil
import ssl

import pytest

from client import Client
from nodes import run
from test_failover import Load, expect_all_acknowledged, prepare
from waiting import eventually


@pytest.fixture
def loaded(cluster):
    prepare(cluster)
    with Load(cluster) as load:
        load.wait_for_writes(20)
        yield cluster, load


def replace(node, files):
    """Puts files into the node's certificates directory, each whole."""
    for name, source in files.items():
        new = node.certificates / f"{name}.new"
        shutil.copyfile(source, new)
        new.rename(node.certificates / name)


def served_serial(node):
    """The serial number of the certificate that clients are shown."""
    pem = ssl.get_server_certificate((node.host, node.port))
    done = run_openssl("x509", "-noout", "-serial", text=pem)
    return done.strip()


def run_openssl(*arguments, text):
    import subprocess

    return subprocess.run(["openssl", *arguments], input=text, capture_output=True, text=True, check=True).stdout


def wait_until_replaced(node, count):
    eventually(
        lambda: node.log_text().count("the certificate was replaced") >= count, node.log_tail, within=15
    )


def links_lost(cluster):
    return sum(node.log_text().count("is down") for node in cluster.nodes)


def test_certificates_and_then_the_authority_change_under_load(loaded, tmp_path, report):
    cluster, load = loaded
    lost = links_lost(cluster)
    term = cluster.leader().gauges()["raft_term"]
    before = [served_serial(node) for node in cluster.nodes]

    # New leaves of the same authority.
    for node in cluster.nodes:
        cluster.issue_certificate(node, tmp_path / node.name)
        replace(node, {name: tmp_path / node.name / name for name in ("node-key.pem", "node.pem")})
    for node in cluster.nodes:
        wait_until_replaced(node, 1)
    after = [served_serial(node) for node in cluster.nodes]
    assert not set(before) & set(after)
    load.wait_for_writes(20)

    # Another authority: first everyone trusts both, then shows certificates of the new one, then trusts it alone.
    new = tmp_path / "new-authority"
    run("certificate", "authority", "--directory", new, "--cluster", cluster.id)
    both = tmp_path / "both.pem"
    both.write_text((cluster.ca_directory / "ca.pem").read_text() + (new / "ca.pem").read_text())
    for node in cluster.nodes:
        replace(node, {"ca.pem": both})
    for node in cluster.nodes:
        wait_until_replaced(node, 2)
    for client_ca in [cluster.directory / "ca" / "ca.pem"]:
        shutil.copyfile(both, client_ca)  # clients, too, trust both from now on
    for node in cluster.nodes:
        run(
            "certificate", "node", "--directory", new, "--cluster", cluster.id, "--site", node.site, "--node",
            node.name, "--host", node.host, "-o", tmp_path / f"{node.name}-new",
        )
        replace(
            node,
            {name: tmp_path / f"{node.name}-new" / name for name in ("node-key.pem", "node.pem")} | {"ca.pem": both},
        )
    for node in cluster.nodes:
        wait_until_replaced(node, 3)
    for node in cluster.nodes:
        replace(node, {"ca.pem": new / "ca.pem"})
    for node in cluster.nodes:
        wait_until_replaced(node, 4)
    load.wait_for_writes(20)
    load.__exit__()
    assert links_lost(cluster) == lost, "a link was dropped"
    assert cluster.leader().gauges()["raft_term"] == term, "leadership changed"
    assert load.failed_reads == [] and load.failed_writes == []

    # From now on only the new authority counts, for links that are made anew too.
    cluster.ca = str(new / "ca.pem")
    cluster.west.kill()
    cluster.west.start().wait_ready()
    cluster.wait_caught_up()
    expect_all_acknowledged(cluster, load)
    report("certificates replaced under load", f"{len(load.acknowledged)} writes, none failed, no link dropped")


def test_files_that_cannot_be_used_change_nothing(cluster):
    serial = served_serial(cluster.north)
    (cluster.north.certificates / "node-key.pem").write_text("not a key")
    eventually(lambda: "the old one stays" in cluster.north.log_text(), cluster.north.log_tail, within=15)
    assert served_serial(cluster.north) == serial
    cluster.issue_certificate(cluster.south, cluster.directory / "other")
    replace(cluster.north, {n: cluster.directory / "other" / n for n in ("node-key.pem", "node.pem")})
    eventually(
        lambda: cluster.north.log_text().count("the old one stays") >= 2, cluster.north.log_tail, within=15
    )
    assert served_serial(cluster.north) == serial
    assert cluster.north.client().get("/readyz").status == 200
