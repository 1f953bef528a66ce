"""One numbering for both kinds of data sets that are found: this market's resources and entries of others' catalogues. Pure.

Numbers of entries are their own; those of resources stand above 2^35, so that neither kind can meet the other and each
lies in blocks of its own.
"""

from __future__ import annotations

OWN_FROM = 1 << 35
END = 1 << 36


def of_resource(resource_id: int) -> int:
    return OWN_FROM + resource_id


def is_own(number: int) -> bool:
    return number >= OWN_FROM


def resource_of(number: int) -> int:
    return number - OWN_FROM
