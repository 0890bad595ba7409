"""Asks again until there is an answer, for the scripts of this folder."""

import time

PATIENCE_S = 60


def until(what, question):
    """Asks again until there is an answer."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen")
