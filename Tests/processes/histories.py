"""What clients asked for, what they were told, and when: the material of the checkers."""

import math
from dataclasses import dataclass, field

from client import Answer, Unreachable

# What became of an operation. Without an answer it may have taken effect, or may yet.
UNKNOWN, DONE, NOTHING = "unknown", "done", "nothing"

# Answers that promise that the attempt changed nothing (docs/reference/rest.md, "Retries").
PROMISES_NOTHING = ("no-leader", "overloaded")


@dataclass(eq=False)
class Operation:
    """One thing that one client did. Times are of the monotonic clock, which all clients share."""

    session: int
    # "create" a project, "register" a version, "set" an alias, "read" an alias or a model's newest version, "fetch"
    # bytes.
    kind: str
    # As audit records call it: project, project/model, project/model@alias.
    subject: str
    # What was written (an alias's version; a registration's message, which is unique), or what was read.
    value: object
    invoked: float
    # The highest index the client had seen: what it sent with a session read.
    seen: int = 0
    is_linearizable: bool = False
    # Without an answer it never returned: it may take effect after the client gave it up.
    returned: float = math.inf
    given_up: float = math.inf
    outcome: str = UNKNOWN
    # The index the answer was written or read at; an answer of 404 names none.
    index: int | None = None
    # The number that a registration got.
    number: int | None = None
    # How many requests were made. Of several that were the same write, the answer tells the index of any.
    attempts: int = 1
    node: str = ""

    @property
    def is_write(self):
        return self.kind in ("create", "register", "set")

    def __str__(self):
        end = "…" if self.returned == math.inf else f"{self.returned:.3f}"
        what = f"{self.kind} {self.subject} = {self.value!r}"
        told = f" at index {self.index} by {self.node}" if self.index is not None else ""
        return f"[{self.invoked:.3f}, {end}] client {self.session}: {what}: {self.outcome}{told}"


@dataclass
class History:
    """All operations of all clients. Appending to a list is atomic, so clients need no lock."""

    operations: list = field(default_factory=list)

    def of_kind(self, *kinds):
        return [operation for operation in self.operations if operation.kind in kinds]

    def by_subject(self, *kinds):
        found = {}
        for operation in self.of_kind(*kinds):
            found.setdefault(operation.subject, []).append(operation)
        return found


class Session:
    """One client's view: its connection, the highest index it has seen, and a record of all it does. For one thread."""

    def __init__(self, number, client, history, now):
        self.number, self.client, self.history, self.now = number, client, history, now
        self.seen = 0

    def close(self):
        self.client.close()

    def write(self, kind, subject, value, send):
        """`send()` makes the requests, all under one key, and returns the answer and how many requests it took. Returns
        the operation."""
        operation = self._begin(kind, subject, value)
        try:
            answer, operation.attempts = send()
        except Unreachable:
            operation.given_up = self.now()
            if self.promised_nothing(self.client.attempts):
                operation.outcome = NOTHING
            return operation
        assert answer.status in (200, 201), f"{operation}: {answer}"
        self._finish(operation, answer)
        if kind == "register":
            operation.number = answer.json["number"]
        return operation

    def read(self, subject, path, value_of, is_linearizable=False, kind="read"):
        """Reads `path` no older than this client has seen, or than anything acknowledged anywhere."""
        operation = self._begin(kind, subject, None)
        operation.is_linearizable = is_linearizable
        headers = {} if is_linearizable or not self.seen else {"Peerage-Applied-Index": str(self.seen)}
        try:
            answer = self.client.request(
                "GET", path, headers=headers, consistency="linearizable" if is_linearizable else None
            )
        except Unreachable:
            operation.given_up = self.now()
            return operation
        assert answer.status in (200, 404), f"{operation}: {answer}"
        operation.value = value_of(answer) if answer.status == 200 else None
        operation.attempts = len(self.client.attempts)
        self._finish(operation, answer)
        return operation

    def _begin(self, kind, subject, value):
        operation = Operation(self.number, kind, subject, value, invoked=self.now(), seen=self.seen)
        self.history.operations.append(operation)
        return operation

    def _finish(self, operation, answer):
        if "peerage-applied-index" in answer.headers:
            operation.index = answer.applied_index
            self.seen = max(self.seen, answer.applied_index)
        operation.node = answer.headers.get("peerage-node", "")
        operation.outcome = DONE
        # Last, for who looks at a history that still grows.
        operation.returned = self.now()

    @staticmethod
    def promised_nothing(attempts):
        return all(isinstance(one, Answer) and one.problem in PROMISES_NOTHING for one in attempts)
