"""Which stretch of a file is asked for (RFC 9110, 14)."""

from __future__ import annotations

import re

from starlette.requests import Request

_ONE = re.compile(r"bytes=\s*(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{0,18})|-(?P<suffix>[0-9]{1,18}))\s*")


def begins_behind(request: Request, size: int, tag: str) -> bool:
    """Whether one stretch is asked for of which nothing is there, of the file with this ETag. What is no stretch of bytes, or several, is taken out of the
    request, as the standard allows: then the whole is sent."""
    told = request.headers.get("range")
    if told is None:
        return False
    if request.headers.get("if-range", tag) != tag:  # a moment says less than an ETag, which every answer has
        forget(request)
        return False
    found = _ONE.fullmatch(told)
    if found is None or (found["last"] and int(found["last"]) < int(found["first"])):
        forget(request)
        return False
    return int(found["first"]) >= size if found["first"] else not int(found["suffix"])


def forget(request: Request) -> None:
    """The whole is sent."""
    request.scope["headers"] = [each for each in request.scope["headers"] if each[0] != b"range"]
