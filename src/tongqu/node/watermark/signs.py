"""Which cells a contract's copy moves, and which way: a keyed stream, one byte for each row of a column. Pure.

The stream is AES-256 in counter mode under a key of the contract, the source and the version. Whoever lacks the node's
secret cannot tell it from chance, and the streams of two contracts have nothing to do with each other.
"""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tongqu.wire.canonical import canonical

Signs = npt.NDArray[np.int8]
"""For each row: -1 or +1 where the cell is moved down or up (or to the first or the second of a pair), 0 where not."""

_BLOCK = 16


def contract_key(secret: bytes, *, contract: str, source: str, version: str) -> bytes:
    """The key of one contract's copy of one version. `secret` is the node's own."""
    told = canonical({"watermark": 1, "contract": contract, "source": source, "version": version})
    return hmac.new(secret, told, hashlib.sha256).digest()


def signs(key: bytes, column: str, first: int, count: int, percent: int) -> Signs:
    """The signs of `count` rows from row `first` on. The top bit of a byte is the way, the others choose the cell."""
    column_key = hmac.new(key, column.encode(), hashlib.sha256).digest()
    block, skip = divmod(first, _BLOCK)
    stream = Cipher(algorithms.AES(column_key), modes.CTR(block.to_bytes(_BLOCK, "big"))).encryptor()
    drawn = np.frombuffer(stream.update(bytes(skip + count)), dtype=np.uint8)[skip:]
    way = np.where(drawn & 0x80, 1, -1).astype(np.int8)
    return np.where((drawn & 0x7F) < percent * 128 / 100, way, 0).astype(np.int8)
