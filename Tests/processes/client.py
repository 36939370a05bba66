"""A small HTTPS client, and one that knows several nodes and goes on at the next."""

import http.client
import json
import secrets
import ssl
import time
from dataclasses import dataclass


# As the SDK does: the node cannot now, or is itself in trouble (a full or a failing disk).
TRY_ELSEWHERE = (500, 502, 503, 504, 507)


class Unreachable(Exception):
    """No answer came: refused, reset, cut off or too late. The request may have taken effect."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        """The code of an RFC 9457 problem; fails when the answer is none."""
        media_type = self.headers.get("content-type", "").split(";")[0]
        assert media_type == "application/problem+json", f"{self.status} {media_type}: {self.body[:300]!r}"
        content = self.json
        assert content["status"] == self.status, content
        assert content["title"] and content["detail"], content
        prefix = "urn:peerage:problem:"
        assert content["type"].startswith(prefix), content
        return content["type"][len(prefix):]

    @property
    def applied_index(self):
        return int(self.headers["peerage-applied-index"])


class Client:
    """Speaks to one node over one connection, which it opens again when it broke. For one thread."""

    def __init__(self, host, port, ca, token, timeout=10.0):
        self.host, self.port, self.token, self.timeout = host, port, token, timeout
        # Without a CA it trusts anyone: for asking a node whose certificate is the very thing that is wrong.
        self.tls = ssl.create_default_context(cafile=ca) if ca else ssl._create_unverified_context()
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def request(self, method, path, body=None, headers=None, token=..., consistency=None, timeout=None):
        """One answer, whatever its status. `token=None` sends none. A body that is not bytes goes as JSON."""
        sent = {}
        token = self.token if token is ... else token
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if consistency:
            sent["Peerage-Consistency"] = consistency
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        try:
            return self._send(method, path, body, sent, timeout or self.timeout)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(f"{method} {self.host}:{self.port}{path}: {error!r}") from error

    def _send(self, method, path, body, headers, timeout):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=self.tls)
        if self.connection.sock is not None:
            self.connection.sock.settimeout(timeout)
        self.connection.timeout = timeout
        self.connection.request(method, path, body=body, headers=headers)
        response = self.connection.getresponse()
        content = response.read()
        answer = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)
        if response.will_close:
            self.close()
        return answer

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def put(self, path, body=b"", **options):
        return self.request("PUT", path, body=body, **options)

    def post(self, path, body, **options):
        return self.request("POST", path, body=body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def items(self, path, limit=500, **options):
        """All items of a listing, page by page."""
        found, cursor = [], None
        while True:
            query = ("&" if "?" in path else "?") + f"limit={limit}" + (f"&cursor={cursor}" if cursor else "")
            page = self.get(path + query, **options)
            assert page.status == 200, page
            found += page.json["items"]
            cursor = page.json.get("next")
            if not cursor:
                return found


class FailoverClient:
    """Does what a user's client does: it knows all addresses, repeats a request that got no answer, a 503 or word that
    the node is in trouble at the next node under the same idempotency key, and gives up after `patience` seconds. For
    one thread."""

    def __init__(self, clients, patience=10.0, attempt_timeout=2.0):
        self.clients, self.patience, self.attempt_timeout = clients, patience, attempt_timeout
        self.current = 0
        # What the last request got, attempt by attempt: an `Answer` or `Unreachable`.
        self.attempts = []

    def request(self, method, path, body=None, headers=None, **options):
        headers = dict(headers or {})
        if method != "GET":
            headers.setdefault("Idempotency-Key", secrets.token_hex(16))
        deadline = time.monotonic() + self.patience
        self.attempts = []
        while True:
            last = self._attempt(method, path, body, headers, options)
            self.attempts.append(last)
            if isinstance(last, Answer) and last.status not in TRY_ELSEWHERE:
                return last
            self.current = (self.current + 1) % len(self.clients)
            if time.monotonic() > deadline:
                raise Unreachable(f"{method} {path}: {last!r}, and nothing better for {self.patience} s")
            time.sleep(0.01)

    def _attempt(self, method, path, body, headers, options):
        client = self.clients[self.current]
        try:
            return client.request(method, path, body, headers, timeout=self.attempt_timeout, **options)
        except Unreachable as error:
            return error

    def close(self):
        for client in self.clients:
            client.close()
