"""The switch between the nodes' peer addresses: a process of its own, so that what the tests do does not slow it.

    python network_switch.py SEED INTERFACE=MAC...

Each interface is the far end of one node's veth. Frames read at one go to the interface behind their target's address,
as the conditions of that directed link say. Conditions are set while it runs: one JSON object a line on standard input,
answered by one line on standard output once they hold. It ends when standard input does.

Broadcasts are dropped: the nodes' neighbour tables are fixed, so that a cut link is silence and never an error.
"""

import dataclasses
import heapq
import json
import os
import random
import selectors
import socket
import sys
import time

ALL_PROTOCOLS = 3
# Python's socket module does not name these (linux/if_packet.h, include/linux/socket.h).
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
# Frames taken from one interface before the others have their turn.
FRAMES_AT_A_TIME = 64
LONGEST_FRAME = 65_536


@dataclasses.dataclass(frozen=True)
class Conditions:
    """How one direction between two nodes is. The default is a perfect line."""

    up: bool = True
    # Seconds; each frame takes `delay` and up to `jitter` more, and none overtakes another by it.
    delay: float = 0.0
    jitter: float = 0.0
    # Shares, 0 to 1.
    loss: float = 0.0
    # Of frames that overtake: they do not wait for those before them.
    reordered: float = 0.0
    duplicated: float = 0.0
    # None is without a cap. With one, frames wait in a queue of so many bytes, and are dropped when it is full.
    bytes_per_second: float | None = None
    queue_bytes: int = 64 << 10


class Link:
    """One direction between two nodes: says when a frame arrives, if ever."""

    def __init__(self, target, generator):
        self.target = target
        self.generator = generator
        self.conditions = Conditions()
        self.carried = 0
        self.dropped = 0
        # Of all frames that were sent, also those that did not arrive.
        self.bytes = 0
        self.line_free_at = 0.0
        self.last_arrival = 0.0

    def arrivals(self, size, now):
        """When a frame of `size` bytes that is sent now arrives: once, never, or twice."""
        conditions = self.conditions
        self.bytes += size
        sent = self._sent(size, now) if conditions.up else None
        if sent is None or self.generator.random() < conditions.loss:
            self.dropped += 1
            return []
        times = [self._arrival(sent)]
        if self.generator.random() < conditions.duplicated:
            times.append(self._arrival(sent))
        return times

    def _sent(self, size, now):
        """When the frame has left the queue; None when it does not fit."""
        rate = self.conditions.bytes_per_second
        if rate is None:
            return now
        begin = max(now, self.line_free_at)
        if (begin - now) * rate + size > self.conditions.queue_bytes:
            return None
        self.line_free_at = begin + size / rate
        return self.line_free_at

    def _arrival(self, sent):
        conditions = self.conditions
        time_of_arrival = sent + conditions.delay + self.generator.random() * conditions.jitter
        if self.generator.random() >= conditions.reordered:
            time_of_arrival = max(time_of_arrival, self.last_arrival)
            self.last_arrival = time_of_arrival
        return time_of_arrival


class Port:
    """The far end of one node's veth."""

    def __init__(self, interface):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
        # Before it is bound: what the switch itself sends must not come back.
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind((interface, ALL_PROTOCOLS))
        self.socket.setblocking(False)

    def frames(self):
        for _ in range(FRAMES_AT_A_TIME):
            try:
                yield self.socket.recv(LONGEST_FRAME)
            except OSError:  # nothing more now, or the node's end is gone
                return

    def send(self, frame):
        try:
            self.socket.send(frame)
        except OSError:
            pass  # no room, or nobody at the other end: a network loses frames


class Switch:
    def __init__(self, ports, generator):
        """`ports`: interface → MAC address of the node behind it."""
        self.ports = {name: Port(name) for name in ports}
        self.by_address = {bytes.fromhex(mac.replace(":", "")): name for name, mac in ports.items()}
        self.links = {
            (source, target): Link(self.ports[target], generator) for source in ports for target in ports
        }
        # Frames on their way: (arrival, number, link, frame). The number keeps equal times in order.
        self.under_way = []
        self.numbers = 0

    def run(self, commands, answers):
        with selectors.DefaultSelector() as selector:
            selector.register(commands, selectors.EVENT_READ, None)
            for name, port in self.ports.items():
                selector.register(port.socket, selectors.EVENT_READ, name)
            while True:
                for key, _ in selector.select(self._patience()):
                    if key.data is not None:
                        self._take_in(key.data)
                    elif not self._obey(commands, answers):
                        return
                self._deliver(time.monotonic())

    def _patience(self):
        """Seconds until the next frame arrives."""
        return max(0.0, self.under_way[0][0] - time.monotonic()) if self.under_way else None

    def _take_in(self, source):
        now = time.monotonic()
        for frame in self.ports[source].frames():
            target = self.by_address.get(frame[:6])
            if target is None:
                continue
            link = self.links[source, target]
            for arrival in link.arrivals(len(frame), now):
                self.numbers += 1
                heapq.heappush(self.under_way, (arrival, self.numbers, link, frame))

    def _deliver(self, now):
        while self.under_way and self.under_way[0][0] <= now:
            _, _, link, frame = heapq.heappop(self.under_way)
            if link.conditions.up:  # a cut line also loses what is on it
                link.carried += 1
                link.target.send(frame)
            else:
                link.dropped += 1

    def _obey(self, commands, answers):
        """Carries out one command; False when there will be none any more."""
        line = commands.readline()
        if not line:
            return False
        command = json.loads(line)
        for source, target, conditions in command["links"]:
            link = self.links[source, target]
            link.conditions = Conditions(**conditions)
            # What waits in a queue is not what the next frame shall wait for when the line is another.
            link.line_free_at = link.last_arrival = 0.0
        answers.write(json.dumps(self._counts()) + "\n")
        answers.flush()
        return True

    def _counts(self):
        """[source, target, frames carried, frames dropped, bytes sent] of every link."""
        return [
            [*ends, link.carried, link.dropped, link.bytes] for ends, link in self.links.items() if ends[0] != ends[1]
        ]


def main():
    seed, *ports = sys.argv[1:]
    switch = Switch(dict(port.split("=") for port in ports), random.Random(int(seed)))
    # Unbuffered, so that a line that was read ahead cannot hide from `select`.
    commands = os.fdopen(0, "rb", buffering=0)
    print("ready", flush=True)
    switch.run(commands, sys.stdout)


if __name__ == "__main__":
    main()
