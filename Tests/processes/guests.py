"""Nodes that come into a running cluster by an invitation."""

import os
import subprocess

from nodes import BINARY, Node, draw_ports
from waiting import eventually


class Guest(Node):
    """A node that no topology file names: after it joined, its data directory is all it needs."""

    def __init__(self, cluster, name, site, folder=None):
        self.folder_name = folder or name
        api, self.peer_port = draw_ports(2)
        super().__init__(cluster, {"node": name, "site": site, "api": {"host": "127.0.0.1", "port": api}})
        self.certificates = self.data / "certificates"

    def folder(self):
        return self.cluster.directory / self.folder_name

    def start(self, invitation=None):
        assert not self.is_running, f"{self.name} runs already"
        arguments = ["serve", "--data", self.data]
        if invitation:
            addresses = ("--api", f"127.0.0.1:{self.port}", "--peer", f"127.0.0.1:{self.peer_port}")
            arguments += ["--join", invitation, *addresses]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(BINARY), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=os.environ | self.environment, start_new_session=True,
            )
        return self


def let_all_issue(cluster):
    """Every node may issue certificates: it has the authority's key. Takes effect at its next start."""
    for node in cluster.nodes:
        node.environment["PEERAGE_AUTHORITY"] = str(cluster.ca_directory)


def invite(cluster, name, site):
    """The path of an invitation."""
    path = cluster.directory / f"{name}.invitation"
    path.unlink(missing_ok=True)
    cluster.cli("cluster", "add", name, "--site", site, "-o", path)
    return path


def status_of(cluster, name, at=None):
    """What the cluster says of a node; None when it knows none of this name."""
    nodes = cluster.cli_json("cluster", "status", at=at)["nodes"]
    return next((node for node in nodes if node["id"] == name), None)


def wait_for_role(cluster, name, role, within=30):
    def has_role():
        status = status_of(cluster, name)
        return status if status and status["healthy"] and status["role"] == role else None

    return eventually(has_role, lambda: f"{name} is a {role}: {status_of(cluster, name)}", within)


def promote(cluster, name, within=60):
    """Lets a learner vote as soon as it holds all bytes."""
    eventually(
        lambda: cluster.cli("cluster", "promote", name, check=False).returncode == 0, f"{name} may vote", within
    )
    return wait_for_role(cluster, name, "voter")
