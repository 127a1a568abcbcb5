"""An image model: one PNG, the same for the same prompt."""

import tempfile
from typing import Optional

from cog import BaseRunner, Input, Path

from drawing import draw
from journal import recorded


class Runner(BaseRunner):
    def run(
        self,
        prompt: str = Input(description="What the picture is drawn from"),
        width: int = Input(default=128, ge=1, le=1024),
        height: int = Input(default=128, ge=1, le=1024),
        source: Optional[Path] = Input(default=None, description="A file whose bytes change the picture too"),
    ) -> Path:
        with recorded():
            data = source.read_bytes() if source else b""
            print(f"source: {len(data)} bytes")
            path = Path(tempfile.mkdtemp()) / "image.png"
            path.write_bytes(draw(prompt.encode() + data, width, height))
            return path
