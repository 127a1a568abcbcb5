"""What a model did, written where the test can read it: one word a line in the file named by COG_JOURNAL.

A client sees only answers. Whether the model ran once or twice, and whether it stopped, is known on this side alone.
"""

import os
from contextlib import contextmanager
from typing import Iterator

from cog import CancelationException


def note(word: str) -> None:
    with open(os.environ["COG_JOURNAL"], "a", encoding="utf-8") as journal:
        journal.write(f"{word}\n")


@contextmanager
def recorded() -> Iterator[None]:
    """Notes `run`, then `finished`, `canceled` or `failed`."""
    note("run")
    try:
        yield
    except (CancelationException, GeneratorExit):  # the second when the cancel falls between two `yield`s
        note("canceled")
        raise
    except BaseException:
        note("failed")
        raise
    note("finished")
