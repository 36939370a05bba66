"""Real nodes: their directories, certificates and processes."""

import copy
import hashlib
import json
import os
import random
import re
import secrets
import signal
import socket
import ssl
import subprocess
from pathlib import Path

from client import Client, FailoverClient, Unreachable
from waiting import eventually

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("PEERAGE_BINARY", REPOSITORY / ".build/release/peerage"))
TOPOLOGY = REPOSITORY / "cluster/topologies/three-sites.json"

START_SECONDS = 30
STOP_SECONDS = 20


def draw_ports(count):
    """Ports that are free now. Below the range from which the system draws for outgoing connections: while a node is
    down, nobody shall be given its port by chance."""
    first_ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found = set()
    while len(found) < count:
        port = random.randrange(10_000, max(first_ephemeral, 20_000))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.add(port)
    return sorted(found)


def run(*arguments, env=None, timeout=120, check=True):
    """Runs the binary to its end; with `check`, fails unless it exits 0."""
    done = subprocess.run(
        [str(BINARY), *map(str, arguments)], env=env, timeout=timeout, capture_output=True, text=True
    )
    if check:
        assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


class Node:
    """One node of a cluster: what it is, and its process while it has one."""

    def __init__(self, cluster, entry):
        self.cluster = cluster
        self.name, self.site = entry["node"], entry["site"]
        self.host, self.port = entry["api"]["host"], entry["api"]["port"]
        self.directory = self.folder()
        self.data = self.directory / "data"
        self.certificates = self.directory / "certificates"
        self.log = self.directory / "log"
        # What it runs: another build, for tests of upgrades.
        self.binary = BINARY
        # Variables its process gets besides ours.
        self.environment = {}
        self.process = None
        self.directory.mkdir()

    def folder(self):
        """Where everything of it lies."""
        return self.cluster.directory / self.site

    @property
    def url(self):
        return f"https://{self.host}:{self.port}"

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def start(self, data=None, certificates=None, cluster=None, topology=None):
        """Starts the process; the arguments replace what this node would use."""
        assert not self.is_running, f"{self.name} runs already"
        arguments = [
            "serve", "--topology", topology or self.cluster.topology_path, "--cluster", cluster or self.cluster.id,
            "--node", self.name, "--data", data or self.data, "--certificates", certificates or self.certificates,
            "--administrator-token-digest-file", self.cluster.token_digest_path,
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.cluster.entrance(self), str(self.binary), *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ | self.environment,
                start_new_session=True,
            )
        return self

    def wait_ready(self, within=START_SECONDS):
        def is_ready():
            assert self.is_running, f"{self.name} ended while it started:\n{self.log_tail()}"
            return self.is_ready()

        eventually(is_ready, lambda: f"{self.name} is ready\n{self.log_tail()}", within)

    def is_ready(self, ca=...):
        client = Client(self.host, self.port, self.cluster.ca if ca is ... else ca, None, timeout=1)
        try:
            return client.get("/readyz").status == 200
        except Unreachable:
            return False
        finally:
            client.close()

    def kill(self):
        """kill -9, and the process is gone on return; so is what it started: one that crashes starts a program that
        prints its stacks, and that would hold its ports."""
        if self.is_running:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        self.process = None

    def stop(self):
        """SIGTERM; returns the exit code."""
        self.process.terminate()
        code = self.process.wait(STOP_SECONDS)
        self.process = None
        return code

    def wait_for_exit(self, within=START_SECONDS):
        """The exit code of a process that is to end by itself."""
        code = self.process.wait(within)
        self.process = None
        return code

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def client(self, **options):
        return Client(self.host, self.port, self.cluster.ca, self.cluster.token, **options)

    def status(self):
        """What the node says of itself; None when it does not answer."""
        client = self.client(timeout=2)
        try:
            answer = client.get("/api/v1/cluster", consistency="stale")
        except Unreachable:
            return None
        finally:
            client.close()
        if answer.status != 200:
            return None
        return next(node for node in answer.json["nodes"] if node["id"] == self.name)

    def gauges(self):
        """Where its replica stands, by name without `peerage_`; None when it does not answer. Unlike `status`, the node
        asks no other for it: an answer comes at once, whatever the network is like."""
        client = self.client(timeout=2)
        try:
            answer = client.get("/metrics")
        except Unreachable:
            return None
        finally:
            client.close()
        if answer.status != 200:
            return None
        found = re.findall(r"^peerage_(\w+) (\S+)$", answer.body.decode(), re.MULTILINE)
        return {name: float(value) for name, value in found}

    def memory(self):
        """(now, most so far) resident, in bytes."""
        fields = dict(
            line.split(":", 1) for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        )
        return tuple(int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))

    def stored_bytes(self):
        """Bytes on disk below the data directory."""
        total = 0
        for folder, _, names in os.walk(self.data):
            for name in names:
                try:
                    total += os.stat(os.path.join(folder, name)).st_blocks * 512
                except FileNotFoundError:
                    pass  # compacted away meanwhile
        return total

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def log_tail(self, lines=40):
        return "\n".join(self.log_text().splitlines()[-lines:])


class Cluster:
    """Nodes with a certificate authority and a token of their own, in one directory: on loopback, or each in its own
    place of a `network.Network`."""

    def __init__(self, directory, cluster_id=None, network=None):
        self.network = network
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.id = cluster_id or secrets.token_hex(16)
        self.token = "peerage_" + secrets.token_urlsafe(32)
        self.token_digest_path = self.directory / "administrator-token.sha256"
        self.token_digest_path.write_text(hashlib.sha256(self.token.encode()).hexdigest() + "\n")
        self.topology_path = self.directory / "topology.json"
        self.topology = self._make_topology()
        self.nodes = [Node(self, entry) for entry in self.topology["nodes"]]
        self.north, self.south, self.west = self.nodes
        self.ca_directory = self.directory / "ca"
        self.ca = str(self.ca_directory / "ca.pem")
        run("certificate", "authority", "--directory", self.ca_directory, "--cluster", self.id)
        for node in self.nodes:
            self.issue_certificate(node, node.certificates)
        self.write_context()

    def _make_topology(self):
        topology = json.loads(TOPOLOGY.read_text())
        ports = iter(draw_ports(2 * len(topology["nodes"])))
        for entry in topology["nodes"]:
            if self.network:
                self.network.put(entry)
            else:
                entry["api"]["port"], entry["peer"]["port"] = next(ports), next(ports)
        self.topology_path.write_text(json.dumps(topology))
        return topology

    def entrance(self, node):
        """What the node's command begins with, so that it runs in its place."""
        return self.network.entrance(node.name) if self.network else []

    def topology_with_other_ports(self, node):
        """The path of the same topology but for `node`, which listens elsewhere."""
        topology = copy.deepcopy(self.topology)
        entry = next(entry for entry in topology["nodes"] if entry["node"] == node.name)
        entry["api"]["port"], entry["peer"]["port"] = draw_ports(2)
        path = self.directory / f"topology-{secrets.token_hex(4)}.json"
        path.write_text(json.dumps(topology))
        return path

    def issue_certificate(self, node, output):
        hosts = dict.fromkeys(["127.0.0.1", "localhost", node.host])
        run(
            "certificate", "node", "--directory", self.ca_directory, "--cluster", self.id, "--site", node.site,
            "--node", node.name, *(argument for host in hosts for argument in ("--host", host)), "-o", output,
        )

    def write_context(self):
        self.context_path = self.directory / "context.json"
        servers = {node.site: node.url for node in self.nodes}
        self.context_path.write_text(json.dumps({"servers": servers, "token": self.token, "ca": self.ca}))
        self.context_path.chmod(0o600)

    # Processes

    def start(self, nodes=None):
        nodes = nodes or self.nodes
        for node in nodes:
            node.start()
        for node in nodes:
            node.wait_ready()
        return self

    def stop(self):
        """Ends whatever still runs. Returns the nodes that had ended although nobody asked them to."""
        dead = [node for node in self.nodes if node.process is not None and node.process.poll() is not None]
        for node in self.nodes:
            if node.is_running:
                node.resume()
                node.kill()
        return dead

    # Asking

    def clients(self, nodes=None, **options):
        return [node.client(**options) for node in nodes or self.nodes]

    def failover_client(self, first=0, **options):
        clients = self.clients()
        return FailoverClient(clients[first:] + clients[:first], **options)

    def statuses(self, nodes=None):
        return [node.status() for node in nodes or self.nodes]

    def leader(self, within=10):
        """The node that leads, by its own word, once one does."""

        def leading():
            told = [(node, node.gauges()) for node in self.nodes if node.is_running]
            leaders = [(gauges["raft_term"], node) for node, gauges in told if gauges and gauges["raft_is_leader"]]
            # A deposed leader that has not heard of it yet leads an older term.
            return max(leaders, key=lambda pair: pair[0])[1] if leaders else None

        return eventually(leading, "some node leads", within)

    def wait_caught_up(self, nodes=None, within=30):
        """Waits until all `nodes` are healthy at one applied index; returns the index after comparing their states."""
        nodes = nodes or self.nodes

        def same_index():
            told = self.statuses(nodes)
            if not all(status and status["healthy"] for status in told):
                return None
            return told if len({status["applied"] for status in told}) == 1 else None

        told = eventually(same_index, "all nodes are healthy at one applied index", within)
        hashes = {status["id"]: status["state_hash"] for status in told}
        assert len(set(hashes.values())) == 1, f"states differ at index {told[0]['applied']}: {hashes}"
        return told[0]["applied"]

    def holdings(self, project, at=None):
        """What each node says it holds of a project, by site: (bytes, whether that is all)."""
        told = self.cli_json("project", "holdings", project, at=at)
        return {node["site"]: (node.get("held_bytes"), node.get("whole")) for node in told["nodes"]}

    def wait_held(self, project, within=60):
        """Waits until each node holds all bytes of a project: a version is acknowledged when a majority does."""
        self.wait_caught_up()

        def is_whole():
            return all(whole for _, whole in self.holdings(project).values())

        eventually(is_whole, lambda: f"every node holds all of {project}: {self.holdings(project)}", within)

    def wait_understood(self, within=20):
        """Waits until every command that these builds know is understood: a cluster begins with the oldest ones."""
        def is_raised():
            levels = {str(status["level"]) for status in self.statuses() if status}
            raised = {
                record["object"] for record in self.nodes[0].client().items("/api/v1/audit")
                if record["action"] == "cluster.raise-level" and record["outcome"] == "accepted"
            }
            return len(levels) == 1 and levels <= raised

        eventually(is_raised, "the cluster understands all commands", within)
        return self

    # The command line

    def environment(self, servers=None):
        servers = servers or [node.url for node in self.nodes]
        home = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        home["XDG_STATE_HOME"] = str(self.directory / "state")
        return home | {"PEERAGE_SERVER": ",".join(servers), "PEERAGE_TOKEN": self.token, "PEERAGE_CA": self.ca}

    def cli(self, *arguments, at=None, check=True, timeout=120, **environment):
        """`peerage ARGUMENTS` at the node `at`, or with the addresses of all."""
        env = self.environment([at.url] if at else None) | environment
        return run(*arguments, env=env, check=check, timeout=timeout)

    def cli_json(self, *arguments, **options):
        return json.loads(self.cli(*arguments, "--json", **options).stdout)

    def start_cli(self, *arguments, at=None):
        """The command as a process, for tests that disturb it on its way."""
        return subprocess.Popen(
            [str(BINARY), *map(str, arguments)], env=self.environment([at.url] if at else None),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )


def upload(client, project, content):
    """Uploads `content`; returns how a version's registration names it."""
    digest = hashlib.sha256(content).hexdigest()
    answer = client.request("PUT", f"/api/v1/projects/{project}/uploads/{digest}", body=content)
    assert answer.status == 201, answer
    return {"size": len(content), "sha256": digest}


def register(client, project, model, files, **details):
    """Uploads `files` (path → bytes) and registers them; returns the version."""
    entries = [{"path": path, **upload(client, project, content)} for path, content in files.items()]
    answer = client.request(
        "POST", f"/api/v1/projects/{project}/models/{model}/versions", body={"files": entries, **details}
    )
    assert answer.status == 201, answer
    return answer.json


def send_body(cluster, node, path, pieces, announced):
    """PUTs a body piece by piece, which need not be as long as announced; returns the status, or None when the body
    ended too early for one."""
    context = ssl.create_default_context(cafile=cluster.ca)
    with socket.create_connection((node.host, node.port), timeout=60) as plain:
        with context.wrap_socket(plain, server_hostname=node.host) as connection:
            connection.sendall(
                f"PUT {path} HTTP/1.1\r\nHost: {node.host}\r\nAuthorization: Bearer {cluster.token}\r\n"
                f"Content-Length: {announced}\r\n\r\n".encode())
            sent = 0
            for piece in pieces:
                connection.sendall(piece)
                sent += len(piece)
            answer = connection.recv(4096) if sent == announced else b""
            return int(answer.split()[1]) if answer else None


def break_off(cluster, node, project, count):
    """Sends the first bytes of a file, and no more."""
    path = f"/api/v1/projects/{project}/uploads/{'0' * 64}"
    send_body(cluster, node, path, [os.urandom(count)], 10 * count)
