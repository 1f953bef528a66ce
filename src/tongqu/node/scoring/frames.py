"""What node and worker say to each other over two pipes: a length and as many bytes."""

from __future__ import annotations

import struct

LENGTH = struct.Struct("<I")
FRAME_BYTES_MAX = 128 * 1024 * 1024
READY = b"ready"


def framed(content: bytes) -> bytes:
    return LENGTH.pack(len(content)) + content
