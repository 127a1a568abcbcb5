"""A streaming model whose setup lasts until the file named by COG_GATE exists."""

import os
import time
from typing import Iterator

from cog import BaseRunner, Input, streaming

from journal import note, recorded


class Runner(BaseRunner):
    def setup(self) -> None:
        while not os.path.exists(os.environ["COG_GATE"]):
            time.sleep(0.01)
        if os.environ.get("COG_SETUP_ERROR"):
            raise RuntimeError(os.environ["COG_SETUP_ERROR"])
        note("setup")

    @streaming
    def run(self, prompt: str = Input(default="ready", description="The word to answer")) -> Iterator[str]:
        with recorded():
            yield prompt
