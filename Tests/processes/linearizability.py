"""Was this history of one register linearizable? A search after Wing and Gong, with Lowe's memory of what was tried.

An order of the operations is looked for in which each lies between its call and its return and each read sees the write
before it. At every step those may come next that were called before any other returned. What was tried is remembered:
which operations are placed, and what the register holds.

A write without an answer may take effect at any time after its call, or never. It need only be placed right before a
read that sees it: where another write or nothing follows, leaving it out is as good. So such writes cost no branching
until somebody reads what they wrote.
"""

import math
from dataclasses import dataclass

from histories import DONE, UNKNOWN

# States remembered before the search gives up: some hundred megabytes, and half a minute.
BUDGET = 500_000


@dataclass(frozen=True)
class Verdict:
    """`is_linearizable` is None when the search gave up. `states` says how hard it was."""

    is_linearizable: bool | None
    states: int
    explanation: str = ""


def check_register(operations, initial=None, budget=BUDGET):
    """The verdict over the "set" and the linearizable "read" operations on one register."""
    return _Search(operations, initial).run(budget)


class _Search:
    def __init__(self, operations, initial):
        relevant = [one for one in operations if one.kind == "set" or one.is_linearizable]
        self.known = sorted((one for one in relevant if one.outcome == DONE), key=lambda one: one.invoked)
        self.initial = initial
        # Value → writes of it that may or may not have happened, by their call.
        self.unanswered = {}
        for one in sorted(relevant, key=lambda one: one.invoked):
            if one.kind == "set" and one.outcome == UNKNOWN:
                self.unanswered.setdefault(one.value, []).append(one)

    def run(self, budget):
        # A state: how many of `known` are placed without a gap, which beyond those (bit 0 is the first that is not),
        # what the register holds, and which unanswered writes took effect, as value → how many of the earliest.
        start = (0, 0, self.initial, frozenset())
        stack, tried, furthest = [start], {start}, start
        while stack:
            state = stack.pop()
            if state[0] == len(self.known):
                return Verdict(True, len(tried))
            furthest = max(furthest, state, key=lambda one: (one[0], one[1].bit_count()))
            for following in self._following(*state):
                if following not in tried:
                    tried.add(following)
                    stack.append(following)
            if len(tried) > budget:
                return Verdict(None, len(tried), f"undecided after {len(tried)} states, at operation {furthest[0]}")
        return Verdict(False, len(tried), self._explain(furthest))

    def _candidates(self, placed, mask):
        """Which of `known` may come next, and when the first of them returned."""
        found, limit, number = [], math.inf, placed
        while number < len(self.known) and self.known[number].invoked <= limit:
            if not mask >> (number - placed) & 1:
                found.append(number)
                limit = min(limit, self.known[number].returned)
            number += 1
        return [number for number in found if self.known[number].invoked <= limit], limit

    def _following(self, placed, mask, value, spent):
        """The states after this one, the most promising last."""
        candidates, limit = self._candidates(placed, mask)
        following = []
        for number in sorted(candidates, key=lambda number: -self.known[number].returned):
            operation = self.known[number]
            position = _place(placed, mask, number)
            if operation.kind == "set":
                following.append((*position, operation.value, spent))
            elif operation.value == value:
                # A read of what is there changes nothing: to place it now is as good as later.
                return [(*position, value, spent)]
            else:
                spent_more = self._spend(operation.value, limit, spent)
                if spent_more is not None:
                    following.append((*position, operation.value, spent_more))
        return following

    def _spend(self, value, limit, spent):
        """Lets the earliest unanswered write of `value` take effect before `limit`; None when there is none."""
        counts = dict(spent)
        number = counts.get(value, 0)
        writes = self.unanswered.get(value, [])
        if number >= len(writes) or writes[number].invoked > limit:
            return None
        return frozenset((counts | {value: number + 1}).items())

    def _explain(self, state):
        placed, mask, value, _ = state
        candidates, _ = self._candidates(placed, mask)
        listed = "\n".join(f"    {self.known[number]}" for number in candidates)
        before = "\n".join(f"    {one}" for one in self.known[max(0, placed - 6):placed])
        return (
            f"after {placed + mask.bit_count()} of {len(self.known)} operations the register holds {value!r}, "
            f"and none of these can be next:\n{listed}\n  before them:\n{before}"
        )


def _place(placed, mask, number):
    mask |= 1 << (number - placed)
    while mask & 1:
        mask >>= 1
        placed += 1
    return placed, mask
