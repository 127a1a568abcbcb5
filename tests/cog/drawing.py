"""A picture drawn from a text: a sky, a sun and three hills whose colours and places are the text's hash."""

import hashlib
import struct
import zlib
from math import sin


def png(width: int, height: int, rows: bytes) -> bytes:
    """8-bit RGB, https://www.w3.org/TR/png-3/. `rows` is `height` times a filter byte and `width` RGB triples."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def draw(text: bytes, width: int, height: int) -> bytes:
    hash_ = hashlib.sha256(text).digest()
    sky, sun, hill = hash_[0:3], hash_[3:6], hash_[6:9]
    sun_x, sun_y = width * hash_[9] / 255, height * hash_[10] / 510
    radius_squared = (min(width, height) / 8) ** 2
    ridges = [
        [height * (0.5 + 0.15 * layer + 0.08 * sin(hash_[11 + layer] + x * (3 + layer) / width)) for x in range(width)]
        for layer in range(3)
    ]
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # no filter
        light = 1 - y / height / 2
        sky_here = bytes(int(128 + channel * light / 2) for channel in sky)
        for x in range(width):
            layer = sum(y >= ridge[x] for ridge in ridges)
            if layer:
                rows += bytes(channel // (layer + 1) for channel in hill)
            elif (x - sun_x) ** 2 + (y - sun_y) ** 2 < radius_squared:
                rows += sun
            else:
                rows += sky_here
    return png(width, height, bytes(rows))
