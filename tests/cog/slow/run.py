"""A streaming model that never ends by itself: it yields its words and then waits to be cancelled."""

import time
from typing import Iterator

from cog import BaseRunner, Input, streaming

from journal import note, recorded


class Runner(BaseRunner):
    @streaming
    def run(
        self,
        prompt: str = Input(default="tick", description="The word to repeat"),
        max_tokens: int = Input(default=3, ge=0, le=100000, description="Words before the wait"),
        delay_ms: int = Input(default=10, ge=0, le=10000, description="Pause before each word"),
    ) -> Iterator[str]:
        with recorded():
            for number in range(max_tokens):
                time.sleep(delay_ms / 1000)
                yield f"{prompt} {number} "
            # Cog cancels a run by raising in its thread, and loses a cancel between two `yield`s. From here on no cancel
            # is lost.
            note("waiting")
            while True:
                time.sleep(0.01)
