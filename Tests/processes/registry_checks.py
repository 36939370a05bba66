"""What must hold of clients' histories beside what the nodes hold at the end. Each check returns what it found wrong,
as sentences: an empty list is a pass.

The audit log is the order in which the registry says that writes happened, and every answer names the index it belongs
to. So each write is first found in the log (`Placement`); everything else is compared with that.
"""

import bisect
import heapq
import itertools
import math
from dataclasses import dataclass, field

from histories import DONE, NOTHING

# Enough to see a pattern; a broken registry has thousands.
MOST_LISTED = 10


@dataclass(frozen=True)
class Holding:
    """What one node holds at the end."""

    node: str
    # Audit records, oldest first.
    audit: list
    # Subject of a registration → versions as (number, message), any order.
    versions: dict


def audit_log_violations(holdings):
    """Sequences from 1 without a gap, indices that rise, and the same records at all nodes."""
    found = []
    for holding in holdings:
        sequences = [record["sequence"] for record in holding.audit]
        if sequences != list(range(1, len(sequences) + 1)):
            gap = next(number for number, one in enumerate(sequences + [None], 1) if one != number)
            found.append(f"{holding.node}'s audit log has a gap or a repetition at sequence {gap}")
        indices = [record["index"] for record in holding.audit]
        if any(later <= earlier for earlier, later in itertools.pairwise(indices)):
            found.append(f"{holding.node}'s audit log names indices that do not rise")
    first, *others = holdings
    for other in others:
        pairs = itertools.zip_longest(first.audit, other.audit)
        different = next((pair for pair in pairs if pair[0] != pair[1]), None)
        if different:
            found.append(f"audit logs differ: {first.node} has {different[0]}, {other.node} has {different[1]}")
    return found


def registration_violations(holdings, operations):
    """Numbers are unique and without gaps, and every node has every acknowledged version, and none that nobody asked
    for, nor one twice."""
    registrations = [one for one in operations if one.kind == "register"]
    asked = {(one.subject, one.value) for one in registrations if one.outcome != NOTHING}
    acknowledged = {(one.subject, one.number, one.value) for one in registrations if one.outcome == DONE}
    found = []
    for holding in holdings:
        held = {(subject, *version) for subject, versions in holding.versions.items() for version in versions}
        found += [f"{holding.node} lost version {one}" for one in sorted(acknowledged - held)]
        for subject, versions in holding.versions.items():
            found += _listing_violations(f"{holding.node}'s {subject}", versions)
            found += [
                f"{holding.node} has {subject}:{number}, “{message}”, which nobody asked for"
                for number, message in versions if (subject, message) not in asked
            ]
    return found


def _listing_violations(whose, versions):
    numbers = sorted(number for number, _ in versions)
    messages = [message for _, message in versions]
    found = []
    if numbers != list(range(1, len(numbers) + 1)):
        found.append(f"{whose} versions have a gap or a repetition: {numbers}")
    if len(set(messages)) < len(messages):
        found.append(f"{whose} has a registration twice: {sorted(messages)}")
    return found


class Floors:
    """The highest index that anyone had been answered with before a moment: what is asked for later comes after it."""

    def __init__(self, operations):
        answered = sorted((one.returned, one.index) for one in operations if one.index is not None)
        self.times = [time for time, _ in answered]
        self.highest = list(itertools.accumulate((index for _, index in answered), max))

    def before(self, moment):
        number = bisect.bisect_left(self.times, moment)
        return self.highest[number - 1] if number else 0


@dataclass
class Placement:
    """Where in the log the writes are."""

    # Index → operation.
    writes: dict = field(default_factory=dict)
    # Index → what it may have written: of writes that were repeated, or got no answer, it is not known which is where.
    values: dict = field(default_factory=dict)
    violations: list = field(default_factory=list)


def place_writes(audit, versions, operations, is_owned):
    """Finds each write in the audit log: acknowledged ones once, at the index they were told, and after everything that
    was answered before they were asked for; others at most once. `is_owned` says which objects only these clients
    write: a record of one that nobody asked for is a violation too."""
    number_registrations(operations, versions)
    floors, placement = Floors(operations), Placement()
    records = {}
    for record in filter(lambda record: is_owned(record["object"]), audit):
        if record["outcome"] == "accepted":
            records.setdefault(record["object"], []).append(record["index"])
        elif record["outcome"] != "bytes-not-replicated":
            placement.violations.append(f"the log refused what no client was refused: {record}")
    waiting = {}
    for operation in operations:
        if operation.is_write and operation.outcome != NOTHING:
            waiting.setdefault(_object_of(operation), []).append(operation)
    for subject in records.keys() | waiting.keys():
        _place(subject, records.get(subject, []), waiting.get(subject, []), floors, placement)
    return placement


def _object_of(operation):
    """What the audit record of a write calls its object."""
    return operation.subject if operation.kind != "register" else f"{operation.subject}:{operation.number}"


def number_registrations(operations, versions):
    """Gives the registrations that got no answer, and took effect, the number that they have."""
    numbers = {
        (subject, message): number for subject, listed in versions.items() for number, message in listed
    }
    for one in operations:
        if one.kind == "register" and one.number is None:
            one.number = numbers.get((one.subject, one.value))


def _place(subject, indices, operations, floors, placement):
    """Gives each index the operation that it can be and that has the earliest deadline: when there is any assignment,
    this finds one. Of a write that was sent once the index is known; of one that was repeated, the last it can be."""
    opening = sorted(((_earliest(one, floors), number, one) for number, one in enumerate(operations)), reverse=True)
    possible_values = _possible_values(opening)
    available = []
    for index in sorted(indices):
        while opening and opening[-1][0] <= index:
            _, number, one = opening.pop()
            heapq.heappush(available, (_latest(one), number, one))
        while available and available[0][0] < index:
            placement.violations.append(_lost(heapq.heappop(available)[2]))
        if available:
            placement.values[index] = possible_values(index)
            placement.writes[index] = heapq.heappop(available)[2]
        else:
            placement.violations.append(f"{subject} was written at index {index}; nobody asked for it, or only later")
    left = [one for _, _, one in available + opening if one.outcome == DONE]
    placement.violations += [_lost(one) for one in left]


def _possible_values(ranges):
    """A function of an index: what may have been written there. What the write that was told so did; without one, what
    any did whose range it is in."""
    told = {one.index: {_written(one)} for _, _, one in ranges if _knows_its_index(one)}
    others = [(earliest, _latest(one), _written(one)) for earliest, _, one in ranges if not _knows_its_index(one)]

    def possible_values(index):
        return told.get(index) or {value for earliest, latest, value in others if earliest <= index <= latest}

    return possible_values


def _written(operation):
    return operation.value if operation.kind == "set" else operation.number


def _knows_its_index(operation):
    return operation.outcome == DONE and operation.attempts == 1


def _earliest(operation, floors):
    return operation.index if _knows_its_index(operation) else floors.before(operation.invoked) + 1


def _latest(operation):
    return operation.index if operation.outcome == DONE else math.inf


def _lost(operation):
    return f"acknowledged, and not in the audit log where it must be: {operation}"


def order_violations(placement, operations):
    """The order of the log agrees with real time: what was acknowledged before another was asked for is before it."""
    floors = Floors(operations)
    return [
        f"at index {index}, although {floors.before(one.invoked)} had been answered before it was asked for: {one}"
        for index, one in sorted(placement.writes.items()) if index <= floors.before(one.invoked)
    ]


def read_violations(placement, operations):
    """Every read, wherever and however fresh, saw the state at the index that it names: the last write up to there."""
    timelines = {}
    for index, one in sorted(placement.writes.items()):
        timelines.setdefault(one.subject, []).append((index, placement.values[index]))
    found = []
    for one in operations:
        if one.kind != "read" or one.index is None:
            continue
        timeline = timelines.get(one.subject, [])
        position = bisect.bisect_right(timeline, one.index, key=lambda pair: pair[0])
        expected = timeline[position - 1][1] if position else {None}
        if one.value not in expected:
            found.append(f"the value at that index is {' or '.join(map(repr, expected))}: {one}")
    return found


def session_violations(operations):
    """Reads are no older than what their client had seen, whether it had read or written it; linearizable ones, than
    what anyone had been answered with. Writes come after what their client had seen."""
    floors = Floors(operations)
    found = []
    for one in operations:
        if one.index is None:
            continue
        if one.index < one.seen or (one.is_write and one.index == one.seen):
            found.append(f"its client had seen index {one.seen} before: {one}")
        if one.is_linearizable and one.index < floors.before(one.invoked):
            found.append(f"index {floors.before(one.invoked)} had been answered with before: {one}")
    return found


def expect_none(**violations):
    """Fails with what was found wrong, by the name of the check."""
    told = [
        f"{name}: {len(found)} violations\n  " + "\n  ".join(found[:MOST_LISTED])
        for name, found in violations.items() if found
    ]
    assert not told, "\n".join(told)
