"""A streaming model that yields captions and pictures in turn.

Cog numbers the captions on their own and a picture by its place among all outputs, so `index` repeats: 0, 1, 1, 3 …
"""

import tempfile
import time
from typing import Any, Iterator

from cog import BaseRunner, Input, Path, streaming

from drawing import draw
from journal import recorded


class Runner(BaseRunner):
    @streaming
    def run(
        self,
        prompt: str = Input(description="What the pictures are drawn from"),
        count: int = Input(default=2, ge=0, le=100),
        delay_ms: int = Input(default=0, ge=0, le=10000, description="Pause before each picture"),
    ) -> Iterator[Any]:
        with recorded():
            folder = Path(tempfile.mkdtemp())
            for number in range(count):
                caption = f"{prompt} {number}"
                yield caption
                time.sleep(delay_ms / 1000)
                path = folder / f"{number}.png"
                path.write_bytes(draw(caption.encode(), 16, 16))
                yield path
