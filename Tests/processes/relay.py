"""A relay between a client and a node: counts what crosses, and can cut the connections."""

import socket
import threading


class Relay:
    """Accepts connections at a port of its own and passes their bytes on to `node`; `url` is what a client connects to."""

    def __init__(self, node):
        self.node = node
        self.sent = 0
        self.received = 0
        self._lock = threading.Lock()
        self._connections = set()
        self._cut_after = None
        self._hold_after = None
        self._listener = socket.create_server((node.host, 0))
        self.url = f"https://{node.host}:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()
        self.cut()

    def reset(self):
        """Counts from 0."""
        with self._lock:
            self.sent = self.received = 0

    def cut_after(self, count):
        """Cuts every connection once so many bytes were sent from now on, one time."""
        with self._lock:
            self._cut_after = self.sent + count

    def hold_after(self, count):
        """Passes on no more than so many bytes sent from now on, until the connections are cut."""
        with self._lock:
            self._hold_after = self.sent + count

    def cut(self):
        """Ends every connection."""
        with self._lock:
            connections, self._connections = self._connections, set()
            self._hold_after = None
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended by itself

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection((self.node.host, self.node.port))
            with self._lock:
                self._connections |= {client, server}
            for source, target, counter in ((client, server, "sent"), (server, client, "received")):
                threading.Thread(target=self._pump, args=(source, target, counter), daemon=True).start()

    def _pump(self, source, target, counter):
        try:
            while data := source.recv(1 << 16):
                with self._lock:
                    setattr(self, counter, getattr(self, counter) + len(data))
                    is_cut = self._cut_after is not None and self.sent >= self._cut_after
                    if is_cut:
                        self._cut_after = None
                    is_held = counter == "sent" and self._hold_after is not None and self.sent >= self._hold_after
                if is_cut:
                    return self.cut()
                if is_held:
                    return  # neither read nor closed: the sender waits
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            self.cut()
