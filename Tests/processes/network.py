"""A network of its own for each node: namespaces joined by a switch whose links the tests cut, slow and thin out.

Every node has two addresses. Peers reach it at 10.77.0.N, through a veth whose other end the switch
(`network_switch.py`) reads and writes. Clients reach it at another, through a veth that is never disturbed: what a
client sees is then the cluster's doing, not its own line's.

The kernel's traffic control and packet filters are not used: neither can be counted on where tests run.
"""

import array
import ctypes
import dataclasses
import fcntl
import json
import os
import random
import re
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

from network_switch import Conditions

PEER_NETWORK, API_NETWORK = "10.77.0", "10.78"
PREFIX = "peerage"
# What the tests' ends of the API's veths begin with, before the run's tag.
API_LINK = "pa"
SWITCH = Path(__file__).with_name("network_switch.py")
SWITCH_SECONDS = 10

SIOCETHTOOL = 0x8946
# What most systems have: senders that slow down when a queue is full. Named, for figures that are the same everywhere.
CONGESTION_CONTROL = "cubic"
# Of linux/ethtool.h: checksums, scatter/gather, segmentation, generic segmentation, generic receive. A frame that is
# read at one end and written at the other must be whole: no later hop fills in a checksum or cuts it into pieces.
OFFLOADS = {"tx": 0x17, "sg": 0x19, "tso": 0x1F, "gso": 0x24, "gro": 0x2C}


def ip(*arguments, check=True):
    done = subprocess.run(["ip", *map(str, arguments)], capture_output=True, text=True)
    if check and done.returncode != 0:
        raise OSError(f"ip {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


def refusal():
    """Why nodes cannot be given networks of their own here; None when they can."""
    if not shutil.which("ip") or not shutil.which("nsenter"):
        return "there is no ip or no nsenter"
    name = f"{PREFIX}-{os.getpid()}-{secrets.token_hex(2)}-probe"
    try:
        ip("netns", "add", name)
        try:
            subprocess.run(
                ["nsenter", f"--net=/run/netns/{name}", sys.executable, "-c",
                 "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)"],
                check=True, capture_output=True,
            )
        finally:
            ip("netns", "del", name)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"namespaces are not permitted: {error}"
    return None


def remove_leftovers():
    """Removes what runs left that were killed before they could: their nodes, which still run, namespaces and links. A
    link would stay as long as the kernel has a connection in the namespace to say goodbye to."""
    links = re.findall(r"^\d+: (\w+)", ip("link"), re.MULTILINE)
    for name in ip("netns", "list").split():
        found = re.match(rf"{PREFIX}-(\d+)-(\w+)-", name)
        if found and not Path(f"/proc/{found[1]}").exists():
            for process in ip("netns", "pids", name, check=False).split():
                os.kill(int(process), signal.SIGKILL)
            ip("netns", "del", name, check=False)
            for link in filter(lambda link: link.startswith(f"{API_LINK}{found[2]}"), links):
                ip("link", "del", link, check=False)


def switch_offloads_off(interface):
    """What `ethtool -K` does, which is not everywhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in OFFLOADS.values():
            value = array.array("B", struct.pack("II", command, 0))
            request = struct.pack("16sP", interface.encode(), value.buffer_info()[0])
            fcntl.ioctl(control, SIOCETHTOOL, request.ljust(ctypes.sizeof(ctypes.c_byte * 40), b"\0"))


@dataclasses.dataclass(frozen=True)
class Place:
    """Where one node lives."""

    namespace: str
    # What the switch calls its port.
    port: str
    mac: str
    peer_host: str
    api_host: str
    # The end of the API's veth on the tests' side.
    api_gateway: str
    api_interface: str


class Network:
    """Namespaces for nodes of the given names. `close` removes all of it; so does the next run, should this one be
    killed. Links are named by the nodes' names and are directed."""

    def __init__(self, names, seed=0):
        self.tag = secrets.token_hex(2)
        self.prefix = f"{PREFIX}-{os.getpid()}-{self.tag}"
        self.switch_namespace = f"{self.prefix}-switch"
        subnet = self._free_subnet()
        self.places = {name: self._place(name, number, subnet) for number, name in enumerate(names, 1)}
        self.conditions = {(a, b): Conditions() for a in names for b in names if a != b}
        self.switch = None
        try:
            remove_leftovers()
            self._build()
            self._start_switch(seed)
        except BaseException:
            self.close()
            raise

    def _place(self, name, number, subnet):
        return Place(
            namespace=f"{self.prefix}-{name}", port=f"port{number}", mac=f"02:77:00:00:00:{number:02x}",
            peer_host=f"{PEER_NETWORK}.{number}", api_host=f"{API_NETWORK}.{subnet}.{4 * number + 2}",
            api_gateway=f"{API_NETWORK}.{subnet}.{4 * number + 1}", api_interface=f"{API_LINK}{self.tag}{number}",
        )

    @staticmethod
    def _free_subnet():
        """The third number of the API's addresses: one that no other run on this machine uses now."""
        taken = ip("-4", "addr")
        free = [number for number in range(256) if f"{API_NETWORK}.{number}." not in taken]
        return random.choice(free)

    def _build(self):
        ip("netns", "add", self.switch_namespace)
        for place in self.places.values():
            ip("netns", "add", place.namespace)
            ip("-n", place.namespace, "link", "set", "lo", "up")
            self._join_switch(place)
            self._open_api(place)

    def _join_switch(self, place):
        node_end, switch_end = f"pn{self.tag}{place.port[4:]}", f"ps{self.tag}{place.port[4:]}"
        ip("link", "add", node_end, "address", place.mac, "type", "veth", "peer", "name", switch_end)
        for end, namespace, name in (
            (node_end, place.namespace, "peer"), (switch_end, self.switch_namespace, place.port),
        ):
            switch_offloads_off(end)
            ip("link", "set", end, "addrgenmode", "none")
            ip("link", "set", end, "netns", namespace, "name", name, "up")
        ip("-n", place.namespace, "addr", "add", f"{place.peer_host}/24", "dev", "peer")
        ip("-n", place.namespace, "route", "replace", f"{PEER_NETWORK}.0/24", "dev", "peer",
           "congctl", CONGESTION_CONTROL)
        for other in self.places.values():
            if other is not place:
                ip("-n", place.namespace, "neigh", "add", other.peer_host, "lladdr", other.mac, "dev", "peer",
                   "nud", "permanent")

    def _open_api(self, place):
        ip("link", "add", place.api_interface, "type", "veth", "peer", "name", "api", "netns", place.namespace)
        ip("-n", place.namespace, "addr", "add", f"{place.api_host}/30", "dev", "api")
        ip("-n", place.namespace, "link", "set", "api", "up")
        ip("addr", "add", f"{place.api_gateway}/30", "dev", place.api_interface)
        ip("link", "set", place.api_interface, "up")

    def _start_switch(self, seed):
        ports = [f"{place.port}={place.mac}" for place in self.places.values()]
        self.switch = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{self.switch_namespace}", sys.executable, SWITCH, str(seed), *ports],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            # Whoever interrupts the tests shall not end it before them.
            start_new_session=True,
        )
        assert self.switch.stdout.readline() == "ready\n", "the switch did not start"

    def close(self):
        if self.switch:
            # Whatever it was writing: it ends when its input does.
            self.switch.communicate(timeout=SWITCH_SECONDS)
        for place in self.places.values():
            ip("link", "del", place.api_interface, check=False)
            ip("netns", "del", place.namespace, check=False)
        ip("netns", "del", self.switch_namespace, check=False)

    # For a cluster

    def put(self, entry):
        """Gives a topology's entry the addresses of its place. The ports stay: each node has all to itself."""
        place = self.places[entry["node"]]
        entry["api"]["host"], entry["peer"]["host"] = place.api_host, place.peer_host

    def entrance(self, name):
        """What a command must begin with to run where the node does. `nsenter`, for `ip netns exec` also gives it
        mounts of its own, and a file system mounted for a test would outlive its unmounting there."""
        return ["nsenter", f"--net=/run/netns/{self.places[name].namespace}", "--"]

    # Links

    def set(self, links, **changes):
        """Changes what is named of each (source, target)'s conditions; they hold on return."""
        for ends in links:
            self.conditions[ends] = dataclasses.replace(self.conditions[ends], **changes)
        self._tell(links)

    def set_all(self, **changes):
        self.set(list(self.conditions), **changes)

    def restore(self):
        """Every link as it was at the beginning."""
        self.conditions = {ends: Conditions() for ends in self.conditions}
        self._tell(list(self.conditions))

    def cut(self, *pairs):
        """Cuts both directions between the nodes of each pair."""
        self.set([ends for a, b in pairs for ends in ((a, b), (b, a))], up=False)

    def mend(self, *pairs):
        self.set([ends for a, b in pairs for ends in ((a, b), (b, a))], up=True)

    def cut_one_way(self, source, target):
        """Nothing from `source` reaches `target`; the other direction stays."""
        self.set([(source, target)], up=False)

    def isolate(self, name):
        self.cut(*self.pairs_of(name))

    def pairs_of(self, name):
        return [(name, other) for other in self.places if other != name]

    def counts(self):
        """(source, target) → (frames carried, frames dropped, bytes of both) since the beginning."""
        return self._tell([])

    def _tell(self, links):
        ports = {place.port: name for name, place in self.places.items()}
        told = [
            [self.places[a].port, self.places[b].port, dataclasses.asdict(self.conditions[a, b])] for a, b in links
        ]
        self.switch.stdin.write(json.dumps({"links": told}) + "\n")
        self.switch.stdin.flush()
        answer = json.loads(self.switch.stdout.readline())
        return {(ports[a], ports[b]): tuple(counted) for a, b, *counted in answer}
