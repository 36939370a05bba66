"""The checkers themselves, on histories made by hand: each passes a good one and is seen to fail a bad one."""

import itertools
import math
import random

import pytest

from client import Answer, Unreachable
from histories import DONE, NOTHING, UNKNOWN, History, Operation, Session
from linearizability import check_register
from registry_checks import (
    Holding, audit_log_violations, expect_none, order_violations, place_writes, read_violations,
    registration_violations, session_violations,
)

ALIAS, MODEL = "history/ranker@production", "history/ranker"


def operation(kind, value, invoked, returned=None, subject=ALIAS, **details):
    """`returned` None is an operation without an answer."""
    done = {"outcome": DONE, "returned": returned} if returned is not None else {"outcome": UNKNOWN}
    return Operation(0, kind, subject, value, invoked, **done | details)


def put(value, invoked, returned=None, **details):
    return operation("set", value, invoked, returned, **details)


def get(value, invoked, returned, **details):
    return operation("read", value, invoked, returned, **{"is_linearizable": True} | details)


# Registers

@pytest.mark.parametrize(
    "history, is_linearizable",
    [
        pytest.param([], True, id="nothing happened"),
        pytest.param([get(None, 0, 1), put(1, 2, 3), get(1, 4, 5)], True, id="one after the other"),
        pytest.param([put(1, 0, 1), put(2, 2, 3), get(1, 4, 5)], False, id="a stale read"),
        pytest.param([put(1, 0, 1), get(None, 2, 3)], False, id="an acknowledged write was lost"),
        pytest.param([put(1, 0, 1), get(2, 2, 3)], False, id="a value that nobody wrote"),
        pytest.param([get(1, 0, 1), put(1, 2, 3)], False, id="a value before it was written"),
        pytest.param([put(1, 0, 1), put(2, 2, 9), get(2, 3, 4), get(2, 5, 6)], True, id="a write takes effect early"),
        pytest.param([put(1, 0, 1), put(2, 2, 9), get(1, 3, 4), get(2, 5, 6)], True, id="a write takes effect late"),
        pytest.param([put(1, 0, 1), put(2, 2, 9), get(2, 3, 4), get(1, 5, 6)], False, id="a write is undone"),
        pytest.param([put(1, 0, 9), put(2, 0, 9), get(1, 10, 11)], True, id="either of two at once"),
        pytest.param(
            [put(1, 0, 9), put(2, 0, 9), get(1, 10, 11), get(2, 12, 13)], False, id="first one of two, then the other"
        ),
        pytest.param([put(1, 0, 1), put(2, 2), get(1, 3, 4)], True, id="a write without an answer that never was"),
        pytest.param([put(1, 0, 1), put(2, 2), get(1, 3, 4), get(2, 90, 91)], True, id="one that was late"),
        pytest.param(
            [put(1, 0, 1), put(2, 2), get(2, 3, 4), get(1, 5, 6)], False, id="one that took effect and was undone"
        ),
        pytest.param(
            [put(1, 0, 1), put(2, 2), get(2, 3, 4), put(1, 5, 6), get(1, 7, 8), get(2, 9, 10)], False,
            id="one that took effect twice",
        ),
        pytest.param([put(1, 0, 1), get(2, 2, 3), put(2, 4)], False, id="one that was seen before it was asked for"),
        pytest.param(
            [put(1, 0, 1), put(2, 2), put(2, 2), get(2, 3, 4), put(1, 5, 6), get(2, 9, 10)], True,
            id="two of one value without answers, each took effect",
        ),
        pytest.param(
            [put(1, 0, 1), put(2, 2, outcome=NOTHING), get(2, 3, 4)], False, id="one that promised nothing was seen"
        ),
        pytest.param(
            [put(1, 0, 1), put(2, 2, 3), get(1, 4, 5, is_linearizable=False)], True, id="a session read may be older"
        ),
    ],
)
def test_registers(history, is_linearizable):
    verdict = check_register(history)
    assert verdict.is_linearizable is is_linearizable
    assert bool(verdict.explanation) is not is_linearizable


def random_register_history(generator):
    """Up to six operations of up to three values, overlapping at will."""
    history = []
    for _ in range(generator.randint(1, 6)):
        invoked = generator.randint(0, 10)
        returned = invoked + generator.randint(0, 6) + 0.5
        if generator.random() < 0.5:
            history.append(put(generator.randint(1, 3), invoked, None if generator.random() < 0.3 else returned))
        else:
            history.append(get(generator.choice([None, 1, 2, 3]), invoked, returned))
    return history


def is_linearizable_by_trying_all_orders(history):
    known = [one for one in history if one.outcome == DONE]
    unknown = [one for one in history if one.outcome == UNKNOWN]
    chosen = itertools.chain.from_iterable(itertools.combinations(unknown, size) for size in range(len(unknown) + 1))
    return any(is_legal(order) for extra in chosen for order in itertools.permutations(known + list(extra)))


def is_legal(order):
    value, latest_call = None, -math.inf
    for one in order:
        if one.returned < latest_call:
            return False
        latest_call = max(latest_call, one.invoked)
        if one.kind == "set":
            value = one.value
        elif one.value != value:
            return False
    return True


def test_the_search_agrees_with_trying_all_orders():
    generator, found = random.Random(20), {True: 0, False: 0}
    for _ in range(3_000):
        history = random_register_history(generator)
        expected = is_linearizable_by_trying_all_orders(history)
        assert check_register(history).is_linearizable is expected, "\n".join(map(str, history))
        found[expected] += 1
    assert min(found.values()) > 500, f"one-sided: {found}"


def test_the_search_says_when_it_gives_up():
    at_once = [put(number, 0, 1) for number in range(12)] + [get(99, 2, 3)]
    verdict = check_register(at_once, budget=100)
    assert verdict.is_linearizable is None
    assert "undecided" in verdict.explanation


def test_a_long_history_with_many_lost_answers_is_decided():
    history = [put(number % 5, number, number + 3.5) for number in range(0, 4_000, 4)]
    history += [put(7, number) for number in range(2, 4_000, 40)]
    history += [get(number % 5, number + 3.6, number + 3.8) for number in range(0, 4_000, 4)]
    assert check_register(history).is_linearizable is True
    history.append(get(6, 4_100, 4_101))
    assert check_register(history).is_linearizable is False


# What nodes hold

def records(*pairs):
    """Audit records of (index, object)."""
    return [
        {"sequence": number, "index": index, "object": name, "outcome": "accepted"}
        for number, (index, name) in enumerate(pairs, 1)
    ]


def holding(audit, node="north-1", versions=()):
    return Holding(node, audit, {MODEL: list(versions)})


GOOD_AUDIT = records((3, f"{MODEL}:1"), (5, ALIAS), (6, "load-1"))


@pytest.mark.parametrize(
    "other, expected",
    [
        (GOOD_AUDIT, None),
        (GOOD_AUDIT[:1] + GOOD_AUDIT[2:], "gap or a repetition at sequence 2"),
        (GOOD_AUDIT + GOOD_AUDIT[-1:], "gap or a repetition at sequence 4"),
        (GOOD_AUDIT[:2], "audit logs differ"),
        (records((3, f"{MODEL}:1"), (5, "other"), (6, "load-1")), "audit logs differ"),
        (records((3, f"{MODEL}:1"), (6, ALIAS), (5, "load-1")), "indices that do not rise"),
    ],
    ids=["equal", "gap", "repetition", "short", "another record", "order"],
)
def test_audit_logs(other, expected):
    found = audit_log_violations([holding(GOOD_AUDIT), holding(other, "south-1")])
    assert expected in " ".join(found) if expected else found == []


def registration(message, number=None, invoked=0, returned=1, **details):
    return operation(
        "register", message, invoked, returned if number else None, subject=MODEL, number=number, **details)


@pytest.mark.parametrize(
    "versions, expected",
    [
        ([(1, "a"), (2, "b")], None),
        ([(1, "a"), (2, "b"), (3, "c")], None),
        ([(1, "a")], "lost version"),
        ([(1, "a"), (2, "x")], "lost version"),
        ([(1, "a"), (3, "b")], "lost version"),
        ([(1, "a"), (2, "b"), (4, "c")], "gap or a repetition"),
        ([(1, "a"), (2, "b"), (2, "c")], "gap or a repetition"),
        ([(1, "a"), (2, "b"), (3, "b")], "a registration twice"),
        ([(1, "a"), (2, "b"), (3, "stranger")], "nobody asked for"),
        ([(1, "a"), (2, "b"), (3, "refused")], "nobody asked for"),
    ],
    ids=["exact", "one without an answer is there", "lost", "replaced", "another number", "gap", "number twice",
         "registered twice", "stranger", "promised nothing"],
)
def test_registrations(versions, expected):
    asked = [registration("a", 1), registration("b", 2), registration("c"), registration("refused", outcome=NOTHING)]
    found = registration_violations([holding([], versions=versions)], asked)
    assert expected in " ".join(found) if expected else found == []


def is_owned(name):
    return name.startswith(("history/", "load-"))


def place(audit, *operations, versions=((1, "a"),)):
    return place_writes(audit, {MODEL: list(versions)}, operations, is_owned)


def test_every_write_is_found_where_it_was_told():
    first, second = registration("a", 1, index=3), put(1, 2, 3, index=5)
    placement = place(records((2, "other"), (3, f"{MODEL}:1"), (5, ALIAS)), first, second)
    assert (placement.violations, placement.writes) == ([], {3: first, 5: second})


def test_a_repeated_write_is_found_before_the_index_it_was_told():
    repeated, once = put(1, 0, 9, index=8, attempts=2), put(2, 0, 9, index=6)
    placement = place(records((4, ALIAS), (6, ALIAS)), repeated, once)
    assert (placement.violations, placement.writes) == ([], {4: repeated, 6: once})


def test_a_write_without_an_answer_may_be_there_or_not():
    unanswered = put(1, 0)
    assert place(records((4, ALIAS)), unanswered).writes == {4: unanswered}
    assert place([], put(1, 0)).violations == []
    named = registration("a")
    assert place(records((3, f"{MODEL}:1")), named).writes == {3: named}
    assert named.number == 1


@pytest.mark.parametrize(
    "audit, operations, expected",
    [
        pytest.param([], [put(1, 0, 1, index=5)], "acknowledged, and not in the audit log", id="lost"),
        pytest.param(records((6, ALIAS)), [put(1, 0, 1, index=5)], "acknowledged, and not in", id="at another index"),
        pytest.param(
            records((9, ALIAS)), [put(1, 0, 1, index=8, attempts=3)], "acknowledged, and not in", id="too late"),
        pytest.param(
            records((5, ALIAS), (7, ALIAS)), [put(1, 0, 1, index=5)], "nobody asked for it", id="a write twice"),
        pytest.param(
            records((5, ALIAS), (7, ALIAS)), [put(1, 0, 1, index=7, attempts=2)], "nobody asked for it",
            id="a repeated write twice"),
        pytest.param(
            records((5, ALIAS), (6, ALIAS)), [put(1, 0)], "nobody asked for it", id="a write without an answer twice"),
        pytest.param(records((4, "load-7")), [], "nobody asked for it", id="a stranger"),
        pytest.param(records((4, ALIAS)), [put(1, 0, outcome=NOTHING)], "nobody asked for it", id="promised nothing"),
        pytest.param(
            [record | {"outcome": "conflict"} for record in records((4, ALIAS))], [], "the log refused", id="refused"),
        pytest.param(
            records((4, ALIAS)), [get(None, 0, 1, index=4), put(1, 2)], "or only later", id="before it was asked for"),
    ],
)
def test_writes_that_are_not_where_they_must_be(audit, operations, expected):
    assert expected in " ".join(place(audit, *operations).violations)


def test_the_order_of_the_log_agrees_with_real_time():
    audit = records((4, ALIAS), (6, ALIAS))
    in_order = [put(1, 0, 1, index=4), put(2, 2, 3, index=6)]
    assert order_violations(place(audit, *in_order), in_order) == []
    at_once = [put(1, 0, 9, index=6), put(2, 1, 8, index=4)]
    assert order_violations(place(audit, *at_once), at_once) == []
    turned = [put(1, 0, 1, index=6), put(2, 2, 3, index=4)]
    assert len(order_violations(place(audit, *turned), turned)) == 1


@pytest.mark.parametrize(
    "value, index, is_right",
    [(None, 3, True), (1, 4, True), (1, 5, True), (2, 6, True), (2, 5, False), (1, 6, False), (None, 9, False)],
)
def test_reads_see_the_state_at_the_index_they_name(value, index, is_right):
    writes = [put(1, 0, 1, index=4), put(2, 2, 3, index=6)]
    placement = place(records((4, ALIAS), (6, ALIAS)), *writes)
    found = read_violations(placement, [*writes, get(value, 5, 6, index=index, is_linearizable=False)])
    assert (found == []) is is_right


@pytest.mark.parametrize("value, is_possible", [(1, True), (2, True), (3, False), (4, False)])
def test_which_of_two_repeated_writes_is_where_is_not_known(value, is_possible):
    # Either of the first two may be at 4 or at 6, and nobody can tell; the others are elsewhere.
    writes = [
        put(1, 0, 9, index=8, attempts=2), put(2, 0, 9, index=12, attempts=2), put(3, 0, 9, index=7),
        put(4, 10, 11, index=13, attempts=2),
    ]
    placement = place(records((4, ALIAS), (6, ALIAS), (7, ALIAS), (13, ALIAS)), *writes)
    assert placement.violations == []
    found = read_violations(placement, [*writes, get(value, 5, 6, index=6, is_linearizable=False)])
    assert (found == []) is is_possible


def test_the_newest_version_is_read_as_of_its_index():
    first, unanswered = registration("a", 1, index=3), registration("b")
    audit = records((3, f"{MODEL}:1"), (5, f"{MODEL}:2"))
    placement = place(audit, first, unanswered, versions=[(1, "a"), (2, "b")])
    good = operation("read", 2, 5, 6, subject=MODEL, index=5)
    assert read_violations(placement, [good]) == []
    bad = operation("read", 1, 5, 6, subject=MODEL, index=5)
    assert len(read_violations(placement, [bad])) == 1


@pytest.mark.parametrize(
    "later, is_kept",
    [
        pytest.param(get(1, 5, 6, seen=7, index=7, is_linearizable=False), True, id="reads its own write"),
        pytest.param(get(1, 5, 6, seen=7, index=6, is_linearizable=False), False, id="does not"),
        pytest.param(get(1, 5, 6, seen=0, index=6, is_linearizable=False), True, id="another client may be behind"),
        pytest.param(get(1, 5, 6, seen=0, index=7), True, id="linearizable, and up to date"),
        pytest.param(get(1, 5, 6, seen=0, index=6), False, id="linearizable, and behind another client"),
        pytest.param(get(1, 0.5, 6, seen=0, index=6), True, id="linearizable, and at once with the other"),
        pytest.param(put(1, 5, 6, seen=7, index=7), False, id="a write at an index seen before"),
    ],
)
def test_sessions(later, is_kept):
    assert (session_violations([put(1, 0, 1, index=7), later]) == []) is is_kept


def test_what_is_found_wrong_fails_and_names_the_check():
    expect_none(audit=[], reads=[])
    with pytest.raises(AssertionError, match="reads: 12 violations\n  0\n  1"):
        expect_none(audit=[], reads=[str(number) for number in range(12)])


# Recording

class Scripted:
    """A client that gives the answers it is told to, and raises the last when it is an error."""

    def __init__(self, *attempts):
        self.attempts = list(attempts)

    def request(self, *_, **__):
        if isinstance(self.attempts[-1], Unreachable) or self.attempts[-1].status >= 500:
            raise Unreachable("no better answer")
        return self.attempts[-1]


def problem(code, status=503):
    body = b'{"status": %d, "title": "t", "detail": "d", "type": "urn:peerage:problem:%s"}' % (status, code.encode())
    return Answer(status, {"content-type": "application/problem+json"}, body)


@pytest.mark.parametrize(
    "attempts, outcome",
    [
        ([problem("no-leader"), problem("overloaded")], NOTHING),
        ([problem("no-leader"), problem("unknown-outcome")], UNKNOWN),
        ([Unreachable("cut"), problem("no-leader")], UNKNOWN),
        ([problem("node-unavailable")], UNKNOWN),
        ([problem("no-leader"), Answer(200, {"peerage-applied-index": "7", "peerage-node": "south-1"}, b"{}")], DONE),
    ],
)
def test_what_became_of_a_write_is_recorded(attempts, outcome):
    client, history = Scripted(*attempts), History()
    session = Session(3, client, history, itertools.count().__next__)
    recorded = session.write("set", ALIAS, 1, lambda: (client.request("PUT", "/"), len(attempts)))
    assert history.operations == [recorded]
    assert (recorded.outcome, recorded.invoked) == (outcome, 0)
    if outcome == DONE:
        assert (recorded.returned, recorded.index, recorded.node, recorded.attempts) == (1, 7, "south-1", 2)
        assert session.seen == 7
    else:
        assert (recorded.returned, recorded.index, session.seen) == (math.inf, None, 0)
