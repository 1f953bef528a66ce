"""What Delta Sharing says on the wire: tables, schemas, files, pages and errors. Pure; knows no HTTP.

Protocol version 1, response format `parquet`. A permit pins one version of its source, so a shared table has one version,
number 0.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tongqu.wire.permit import Permit

SCHEMA = "data"
TABLE_VERSION = 0
PAGE_MAX = 500


class Malformed(Exception):
    """The request is not one of the protocol's; `words` says what is wrong, never with the value that was sent."""

    def __init__(self, words: str, code: str = "INVALID_PARAMETER_VALUE", status: int = 400) -> None:
        self.words, self.code, self.status = words, code, status
        super().__init__(code)


@dataclass(frozen=True)
class Query:
    """What a query asks, as far as it counts here: predicates are hints and may be ignored, the limit is heeded."""

    limit: int | None


def share_of(permit: Permit) -> dict[str, str]:
    return {"name": permit.id, "id": permit.contract}


def schema_of(permit: Permit) -> dict[str, str]:
    return {"name": SCHEMA, "share": permit.id}


def table_of(permit: Permit) -> dict[str, str]:
    return {"name": permit.source, "schema": SCHEMA, "share": permit.id, "shareId": permit.contract, "id": permit.id}


def page(items: Sequence[dict[str, str]], max_results: str | None, token: str | None) -> dict[str, Any]:
    """One page of a list, and the token of the next. Raises Malformed."""
    size = PAGE_MAX
    if max_results is not None:
        if not (max_results.isascii() and max_results.isdigit() and len(max_results) < 10):
            raise Malformed("maxResults must be a whole number.")
        size = min(int(max_results), PAGE_MAX)
    start = 0 if token is None or not token else _place(token)
    some = list(items[start : start + size])
    told: dict[str, Any] = {"items": some}
    if size and start + size < len(items):
        told["nextPageToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    elif not size and items[start:]:
        told["nextPageToken"] = base64.urlsafe_b64encode(str(start).encode()).decode()
    return told


def _place(token: str) -> int:
    try:
        place = base64.urlsafe_b64decode(token[:64].encode()).decode("ascii")
    except ValueError:
        place = ""
    if not place.isdigit() or len(place) > 9:
        raise Malformed("pageToken is not one that this server gave.")
    return int(place)


def read_query(content: bytes) -> Query:
    """Raises Malformed."""
    try:
        body = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        raise Malformed("The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise Malformed("The body must be a JSON object.")
    limit = body.get("limitHint")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or not 0 <= limit < 2**53):
        raise Malformed("limitHint must be a whole number.")
    if body.get("version") not in (None, TABLE_VERSION) or isinstance(body.get("version"), bool):
        raise Malformed(f"This table has one version, {TABLE_VERSION}: the one the contract fixed.")
    for name in ("timestamp", "startingVersion", "endingVersion", "startingTimestamp", "endingTimestamp"):
        if body.get(name) is not None:
            raise Malformed(f"{name} is not supported: the contract fixed one version.", "UNSUPPORTED_OPERATION")
    return Query(limit)


def metadata(permit: Permit, schema: pa.Schema, *, files: int, size: int) -> list[dict[str, Any]]:
    """The lines `protocol` and `metaData`."""
    return [
        {"protocol": {"minReaderVersion": 1}},
        {
            "metaData": {
                "id": permit.id,
                "name": permit.source,
                "format": {"provider": "parquet", "options": {}},
                "schemaString": schema_string(schema),
                "partitionColumns": [],
                "configuration": {"tongqu.marked": "true"} if permit.marked else {},
                "version": TABLE_VERSION,
                "size": size,
                "numFiles": files,
            }
        },
    ]


def file_line(
    url: str, *, sha256: str, size: int, rows: int, expires_at_ms: int
) -> dict[str, Any]:  # fmt: skip
    """One `file` line. Its id is the hash of its bytes."""
    return {
        "file": {
            "url": url, "id": sha256, "partitionValues": {}, "size": size,
            "stats": json.dumps({"numRecords": rows}), "version": TABLE_VERSION, "expirationTimestamp": expires_at_ms,
        }
    }  # fmt: skip


def lines(told: Sequence[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in told).encode()


def schema_string(schema: pa.Schema) -> str:
    """Arrow's schema as Spark's JSON."""
    fields = [{"name": field.name, "type": _type(field.type), "nullable": True, "metadata": {}} for field in schema]
    return json.dumps({"type": "struct", "fields": fields}, ensure_ascii=False)


_SIMPLE = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_int8, "byte"),
    (pa.types.is_int16, "short"),
    (pa.types.is_uint8, "short"),
    (pa.types.is_int32, "integer"),
    (pa.types.is_uint16, "integer"),
    (pa.types.is_integer, "long"),
    (pa.types.is_float32, "float"),
    (pa.types.is_floating, "double"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_binary, "binary"),
    (pa.types.is_large_binary, "binary"),
)


def _type(kind: pa.DataType) -> Any:
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_dictionary(kind):
        return _type(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return {"type": "array", "elementType": _type(kind.value_type), "containsNull": True}
    if pa.types.is_map(kind):
        return {"type": "map", "keyType": _type(kind.key_type), "valueType": _type(kind.item_type),
                "valueContainsNull": True}  # fmt: skip
    if pa.types.is_struct(kind):
        return json.loads(schema_string(pa.schema(list(kind))))
    return next((name for test, name in _SIMPLE if test(kind)), "string")
