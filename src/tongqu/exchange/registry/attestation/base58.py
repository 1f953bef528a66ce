"""Multibase base58btc, as keys and signatures of Data Integrity are written. Pure."""

from __future__ import annotations

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_PUB = b"\xed\x01"
LENGTH_MAX = 200


def encode(raw: bytes) -> str:
    """`z` and the digits; a leading zero byte is a leading 1."""
    number, digits = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    return "z" + "1" * (len(raw) - len(raw.lstrip(b"\0"))) + digits


def decode(text: str) -> bytes:
    """Raises ValueError for anything that `encode` would not give."""
    if not text.startswith("z") or len(text) > LENGTH_MAX:
        raise ValueError("not base58btc")
    number, digits = 0, text[1:]
    for digit in digits:
        place = _ALPHABET.find(digit)
        if place < 0:
            raise ValueError("not base58btc")
        number = number * 58 + place
    zeros = len(digits) - len(digits.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multikey(public: bytes) -> str:
    """An Ed25519 public key as a Multikey."""
    return encode(_ED25519_PUB + public)


def public_of(text: str) -> bytes:
    """The raw key of a Multikey. Raises ValueError for another kind of key."""
    raw = decode(text)
    if len(raw) != 34 or not raw.startswith(_ED25519_PUB):
        raise ValueError("not an Ed25519 key")
    return raw[2:]
