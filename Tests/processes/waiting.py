"""Waiting for an event that another process brings about: bounded, and it says what it waited for."""

import time

POLL_SECONDS = 0.02


def eventually(condition, what, within):
    """Returns the first true value of `condition()`; fails after `within` seconds. `what` may be a function: a log is
    worth reading only once it was in vain."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within} s: {what() if callable(what) else what}")
        time.sleep(POLL_SECONDS)
