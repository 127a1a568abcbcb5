"""A streaming model that writes a log, yields what it is told to, and raises."""

import sys
from typing import Iterator

from cog import BaseRunner, Input, streaming

from journal import recorded


class Runner(BaseRunner):
    @streaming
    def run(
        self,
        message: str = Input(default="out of memory", description="The error's text"),
        max_tokens: int = Input(default=2, ge=0, le=1000, description="Tokens before the error"),
    ) -> Iterator[str]:
        with recorded():
            print("loading weights")
            print("weights are damaged", file=sys.stderr)
            for number in range(max_tokens):
                yield f"token {number} "
            raise ValueError(message)
