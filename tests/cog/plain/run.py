"""A text model without `@streaming`: a request for an event stream is answered 406."""

import time
from typing import Iterator

from cog import BaseRunner, Input

from journal import recorded
from markov import Markov


class Runner(BaseRunner):
    def setup(self) -> None:
        self.model = Markov()

    def run(
        self,
        prompt: str = Input(description="The text to go on from"),
        max_tokens: int = Input(default=64, ge=0, le=10000),
        seed: int = Input(default=0, description="Another seed gives another text"),
        delay_ms: int = Input(default=0, ge=0, le=10000, description="Pause before each token"),
    ) -> Iterator[str]:
        with recorded():
            for token in self.model.generate(prompt, max_tokens, seed):
                time.sleep(delay_ms / 1000)
                yield token
