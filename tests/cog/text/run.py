"""A text model that streams: one word at a time."""

import time
from typing import Iterator

from cog import BaseRunner, Input, streaming

from journal import recorded
from markov import Markov


class Runner(BaseRunner):
    def setup(self) -> None:
        self.model = Markov()

    @streaming
    def run(
        self,
        prompt: str = Input(description="The text to go on from"),
        max_tokens: int = Input(default=64, ge=0, le=10000),
        seed: int = Input(default=0, description="Another seed gives another text"),
        delay_ms: int = Input(default=20, ge=0, le=10000, description="Pause before each token"),
    ) -> Iterator[str]:
        with recorded():
            print(f"prompt: {len(prompt.split())} words")
            self.record_metric("input_token_count", len(prompt.split()))
            count = 0
            for token in self.model.generate(prompt, max_tokens, seed):
                time.sleep(delay_ms / 1000)
                yield token
                count += 1
            self.record_metric("output_token_count", count)
