"""Clients that register, move aliases and read, whose every operation is recorded, and the verdict over all of it."""

import hashlib
import itertools
import math
import random
import secrets
import time
from dataclasses import dataclass, field

from client import FailoverClient, Unreachable
from histories import DONE, History, Session
from linearizability import check_register
from nodes import Cluster
from registry_checks import (
    Holding, audit_log_violations, expect_none, order_violations, place_writes, read_violations,
    registration_violations, session_violations,
)
from test_failover import CONTENT, Load, prepare
from test_faults import expect_whole_versions
from waiting import eventually

PROJECT = "history"
MODELS = ("ranker", "scorer")
ALIASES = ("production", "candidate")
# Each model begins with so many versions, for aliases to point at.
FIRST_VERSIONS = 12
# A client's pause between operations: a steady load that leaves the machine's two cores to the nodes.
PACE_SECONDS = 0.01
REST = f"/api/v1/projects/{PROJECT}/models"
SETTLE_SECONDS = 60
# Of the acknowledged versions, at the end: as many as take a second or two.
MOST_VERSIONS_FETCHED = 60


@dataclass
class RecordedLoad(Load):
    """A `Load` whose clients write and read few, shared things, so that they meet, and remember what they were told."""

    history: History = field(default_factory=History)
    pace: float = PACE_SECONDS
    seed: int = 0
    # As `FailoverClient` has them.
    patience: float = 10.0
    attempt_timeout: float = 2.0

    def __enter__(self):
        self.newest = dict.fromkeys(MODELS, 0)
        self.sessions = itertools.count()
        prepare(self.cluster)
        self._begin_models()
        return super().__enter__()

    def connect(self, first):
        options = {"patience": self.patience, "attempt_timeout": self.attempt_timeout}
        return self.session(self.cluster.failover_client(first=first, **options))

    def session_at(self, node, patience=10.0):
        """A recorded client that knows this node alone, and asks it once."""
        return self.session(FailoverClient([node.client()], patience=0, attempt_timeout=patience))

    def session(self, client):
        """A recorded client of this load."""
        session = Session(next(self.sessions), client, self.history, time.monotonic)
        session.random = random.Random(f"{self.seed} {session.number}")
        return session

    def _begin_models(self):
        session = self.connect(0)
        for model in MODELS:
            for _ in range(FIRST_VERSIONS):
                self.register(session, model)
            for alias in ALIASES:
                self.move(session, model, alias)
        session.close()
        begun = self.history.operations
        assert all(one.outcome == DONE for one in begun), [str(one) for one in begun if one.outcome != DONE]

    # What clients do

    def write(self, session):
        chance, model = session.random.random(), session.random.choice(MODELS)
        if chance < 0.5:
            operation = self.move(session, model, session.random.choice(ALIASES))
        elif chance < 0.8:
            operation = self.register(session, model)
        else:
            operation = self.create(session)
        if operation.outcome == DONE:
            self.acknowledged.append((operation.subject, operation.invoked, operation.returned))
        else:
            self.failed_writes.append(str(operation))
        self.stopping.wait(self.pace)

    def read(self, session):
        chance, model = session.random.random(), session.random.choice(MODELS)
        if chance < 0.5:
            operation = self.look_up(session, model, session.random.choice(ALIASES), is_linearizable=True)
        elif chance < 0.7:
            operation = self.look_up(session, model, session.random.choice(ALIASES))
        elif chance < 0.9:
            operation = self.newest_version(session, model)
        else:
            operation = self.fetch(session)
        if operation.outcome == DONE:
            self.reads.append((operation.invoked, operation.returned))
        else:
            self.failed_reads.append(str(operation))
        self.stopping.wait(self.pace)

    def create(self, session):
        name = f"load-{next(self.numbers):06d}"
        return session.write("create", name, name, lambda: self._send_once(
            session, "POST", "/api/v1/projects", {"name": name}))

    def move(self, session, model, alias):
        """Points an alias at a newer or, as often, an older version: a roll-back."""
        version = session.random.randint(1, self.newest[model])
        return session.write("set", f"{PROJECT}/{model}@{alias}", version, lambda: self._send_once(
            session, "PUT", f"{REST}/{model}/aliases/{alias}", {"version": version}))

    def register(self, session, model):
        message = f"{session.number}-{next(self.numbers)}"
        operation = session.write("register", f"{PROJECT}/{model}", message, lambda: self._upload_and_register(
            session, model, message))
        if operation.outcome == DONE:
            self.newest[model] = max(self.newest[model], operation.number)
        return operation

    def look_up(self, session, model, alias, is_linearizable=False):
        return session.read(
            f"{PROJECT}/{model}@{alias}", f"{REST}/{model}/aliases/{alias}", lambda answer: answer.json["version"],
            is_linearizable,
        )

    def newest_version(self, session, model):
        return session.read(
            f"{PROJECT}/{model}", f"{REST}/{model}/versions/latest", lambda answer: answer.json["number"])

    def fetch(self, session):
        path = "/api/v1/projects/load/models/read/versions/production/files/a.bin"
        operation = session.read("load/read", path, lambda answer: answer.body == CONTENT, kind="fetch")
        assert operation.outcome != DONE or operation.value, f"wrong bytes: {operation}"
        return operation

    @staticmethod
    def _send_once(session, method, path, body):
        answer = session.client.request(method, path, body)
        return answer, len(session.client.attempts)

    def _upload_and_register(self, session, model, message):
        """Uploads a file of its own and registers it. A node that the client goes on at may not hold the file: it is
        sent again, and the registration repeated under its key."""
        content = self.content_of(message)
        digest = hashlib.sha256(content).hexdigest()
        body = {"message": message, "files": [{"path": "weights", "size": len(content), "sha256": digest}]}
        key = {"Idempotency-Key": secrets.token_hex(16)}
        deadline = time.monotonic() + session.client.patience
        # Only these can have registered anything.
        requests = []
        while True:
            try:
                self._upload(session, digest, content)
            except Unreachable:
                session.client.attempts = requests
                raise
            try:
                answer = session.client.request("POST", f"{REST}/{model}/versions", body, headers=key)
            finally:
                requests = session.client.attempts = requests + session.client.attempts
            if answer.status != 409 or answer.problem != "files-not-uploaded":
                return answer, len(requests)
            if time.monotonic() > deadline:
                raise Unreachable(f"the file is missing again and again: {answer.body!r}")

    def content_of(self, message):
        """The bytes that are pushed under a registration's message."""
        generator = random.Random(f"{self.seed} {message}")
        return generator.randbytes(generator.randint(1, 600))

    @staticmethod
    def _upload(session, digest, content):
        answer = session.client.request("PUT", f"/api/v1/projects/{PROJECT}/uploads/{digest}", content)
        assert answer.status == 201, answer

    # What came of it

    def verify(self, within=SETTLE_SECONDS):
        """Ends the load, waits until the nodes agree, and checks every history. Returns figures for a report."""
        self.__exit__()
        index, holdings = settled_holdings(self.cluster, within)
        operations = self.history.operations
        placement = place_writes(
            holdings[0].audit, holdings[0].versions, operations, lambda name: name.startswith((f"{PROJECT}/", "load-")))
        verdicts = {
            subject: check_register(of_subject)
            for subject, of_subject in self.history.by_subject("set", "read").items() if "@" in subject
        }
        expect_none(
            audit=audit_log_violations(holdings),
            registrations=registration_violations(holdings, operations),
            writes=placement.violations,
            order=order_violations(placement, operations),
            reads=read_violations(placement, operations),
            sessions=session_violations(operations),
            linearizability=[
                f"{subject}: {one.explanation}" for subject, one in verdicts.items() if not one.is_linearizable
            ],
        )
        return figures(index, holdings, operations, verdicts) | self._fetch_acknowledged_versions()

    def _fetch_acknowledged_versions(self):
        """Each from a node that did not take it, in turn; of many versions an even choice. Returns figures too."""
        acknowledged = [one for one in self.history.of_kind("register") if one.outcome == DONE]
        pushed = {(node, model): {} for node in self.cluster.nodes for model in MODELS}
        chosen = acknowledged[::math.ceil(len(acknowledged) / MOST_VERSIONS_FETCHED)]
        for turn, one in enumerate(chosen):
            elsewhere = [node for node in self.cluster.nodes if node.name != one.node]
            model = one.subject.removeprefix(f"{PROJECT}/")
            pushed[elsewhere[turn % len(elsewhere)], model][one.number] = self.content_of(one.value)
        for (node, model), contents in pushed.items():
            expect_whole_versions(node, PROJECT, model, contents)
        counts = [sum(len(pushed[node, model]) for model in MODELS) for node in self.cluster.nodes]
        told = f"{' + '.join(map(str, counts))} of {len(acknowledged)}"
        return {"versions fetched, by node, where they were not taken": told}


def settled_holdings(cluster: Cluster, within):
    """(index, what each node holds there). A write that nobody waits for any more may still come in: then again."""
    deadline = time.monotonic() + within
    while True:
        index = cluster.wait_caught_up(within=max(1.0, deadline - time.monotonic()))
        holdings = [holding_of(node) for node in cluster.nodes]
        told = [node.gauges() for node in cluster.nodes]
        if all(gauges and gauges["raft_applied_index"] == index for gauges in told):
            return index, holdings


def holding_of(node):
    client = node.client(timeout=30)
    try:
        versions = {
            f"{PROJECT}/{model}": [
                (one["number"], one["message"]) for one in client.items(f"{REST}/{model}/versions")
            ]
            for model in MODELS
        }
        return Holding(node.name, client.items("/api/v1/audit", limit=1000), versions)
    finally:
        client.close()


def figures(index, holdings, operations, verdicts):
    """What a report says of a run that passed."""
    return {
        "writes acknowledged / not": f"{_count(operations, True, True)} / {_count(operations, True, False)}",
        "reads answered / not": f"{_count(operations, False, True)} / {_count(operations, False, False)}",
        "registers linearizable": f"{len(verdicts)}, in {sum(one.states for one in verdicts.values())} states",
        "audit records, equal and without gaps": len(holdings[0].audit),
        "states equal at index": index,
    }


def _count(operations, is_write, is_done):
    return sum(one.is_write == is_write and (one.outcome == DONE) == is_done for one in operations)


def wait_for_writes_without(node, load, count):
    """Until other nodes than this one have acknowledged writes."""
    def others():
        return sum(one.is_write and one.outcome == DONE and one.node != node.name for one in load.history.operations)

    target = others() + count
    eventually(lambda: others() >= target or load.crashes, f"{count} writes acknowledged elsewhere", within=20)
