"""How CKAN says no: a kind of error, its message, the status that goes with it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Refusal(Exception):
    """Answered as CKAN answers: `{"success": false, "error": {"__type": …, …}}`."""

    status = 400
    kind = ""

    def error(self) -> dict[str, object]:
        return {"__type": self.kind, "message": str(self)}


class NotFound(Refusal):
    status, kind = 404, "Not Found Error"

    def __init__(self, what: str = "") -> None:
        super().__init__(f"Not found: {what}" if what else "Not found")


class ReadOnly(Refusal):
    status, kind = 403, "Authorization Error"

    def __init__(self) -> None:
        super().__init__("Access denied: 这一目录只供读取 / this catalogue is for reading only")


class NotValid(Refusal):
    """Parameters that are missing, malformed, or not supported here; each with its reasons."""

    status, kind = 409, "Validation Error"

    def __init__(self, faults: Mapping[str, Sequence[str]]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{name}: {', '.join(reasons)}" for name, reasons in faults.items()))

    def error(self) -> dict[str, object]:
        return {"__type": self.kind, **{name: list(reasons) for name, reasons in self.faults.items()}}


class BadQuery(Refusal):
    """A search that cannot be understood, or that asks what cannot be searched here."""

    status, kind = 400, "Search Query Error"

    def error(self) -> dict[str, object]:
        return {"__type": self.kind, "message": f"Search Query is invalid: {self}"}
