"""What a caller states of its use beside the purpose, whatever the mode."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stated:
    """Where and for whom the answer is; `stands` is what the node knows itself of where the call comes from."""

    region: str | None = None
    recipient: str | None = None
    stands: str | None = None

    @property
    def told(self) -> dict[str, str]:
        """As the request is digested with it: who stated it is bound to it by the receipt."""
        found = {"region": self.region, "recipient": self.recipient}
        return {name: value for name, value in found.items() if value is not None}


NOTHING_STATED = Stated()
