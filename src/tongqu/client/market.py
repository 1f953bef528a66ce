"""The Python client of an exchange: begin, act, one, list, and what a buyer's program needs for a trade.

    market = Market("https://exchange.example", key)
    for product in market.products("逾期"): ...
    asked = market.begin("negotiation", listing=product["id"], purposes=["research"])
    market.act("negotiation", asked.subject, "verify", signature=...)

Every act carries an idempotency key, so a request whose answer was lost is sent again and done once.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from tongqu.wire.words import Words

TRIES_MAX = 5
PLACING_TRIES_MAX = 40
PAGE = 200
WAIT_SECONDS_MAX = 60.0
_LOOPBACK: dict[str, None] = dict.fromkeys(("all://127.0.0.1", "all://localhost", "all://[::1]"))


_UNEXPLAINED = Words("对方没有说明理由", "No reason was given")


class Problem(Exception):
    """The exchange, or a node, said no. `code` is stable; `reasons` holds every one, with what would mend it.

    A node writes `words` and `mend` where the exchange writes `zh`, `en`, `mend_zh`, `mend_en`; here all read as the exchange's do. A
    node has no title of its own: its first reason is one.
    """

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.is_told = "code" in body
        """Whether the exchange or the node said so, and not what stands before it."""
        self.code = str(body.get("code", f"http-{status}"))
        self.reasons: list[Mapping[str, Any]] = [
            _reason(told) for told in body.get("reasons") or [] if isinstance(told, Mapping)
        ]
        first = self.reasons[0] if self.reasons else {}
        self.title = str(body.get("title") or first.get("en") or _UNEXPLAINED.en)
        self.title_zh = str(body.get("title_zh") or first.get("zh") or _UNEXPLAINED.zh)
        self.mend = str(body.get("mend", ""))
        self.mend_zh = str(body.get("mend_zh", ""))
        self.case: int | None = body.get("case")
        super().__init__(f"{self.code} ({status}): {self.title}")


def _reason(told: Mapping[str, Any]) -> Mapping[str, Any]:
    words, mend = told.get("words"), told.get("mend")
    if not isinstance(words, Mapping):
        return told
    mends = {f"mend_{language}": sentence for language, sentence in mend.items()} if isinstance(mend, Mapping) else {}
    return {"code": told.get("code"), **words, **mends}


class Unreachable(Exception):
    """Nobody answered, several times. Sent again with the same key, nothing is done twice."""


@dataclass(frozen=True)
class Done:
    """An act was performed. `fact` is its number in the evidence: `market.proof(done.fact)`."""

    procedure: str
    subject: int
    act: str
    state: str
    fact: int
    data: Mapping[str, Any] = field(default_factory=dict)
    advice: list[Mapping[str, str]] = field(default_factory=list)
    repeated: bool = False


@dataclass(frozen=True)
class Subject:
    """A subject as its parties see it; `fields` are its own columns.

    `timeline` has the newest facts, in their order; where `timeline_total` is more, `market.timeline` has them all.
    """

    procedure: str
    id: int
    title: str
    state: str
    fields: Mapping[str, Any]
    state_words: Mapping[str, str] = field(default_factory=dict)
    possible: list[Mapping[str, Any]] = field(default_factory=list)
    clocks: list[Mapping[str, Any]] = field(default_factory=list)
    timeline: list[Mapping[str, Any]] = field(default_factory=list)
    timeline_total: int = 0

    @property
    def state_said(self) -> Words:
        """Its state, for people."""
        return Words(self.state_words.get("zh", self.state), self.state_words.get("en", self.state))


Shape = TypeVar("Shape", Done, Subject)


def _shaped(shape: type[Shape], body: Mapping[str, Any]) -> Shape:
    """The answer as its dataclass; what a newer exchange says more is left out."""
    return shape(**{f.name: body[f.name] for f in fields(shape) if f.name in body})


def http_client(**more: Any) -> httpx.Client:
    """Goes through the proxies that the environment names, except to this very machine."""
    return httpx.Client(timeout=httpx.Timeout(30, connect=10), mounts=_LOOPBACK, **more)


class Market:
    """One exchange, called with one key (none: the public part)."""

    def __init__(
        self, url: str, key: str = "", *, http: httpx.Client | None = None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.url = url.rstrip("/")
        self.pause = pause
        self._http = http or http_client()
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def __repr__(self) -> str:
        return f"Market({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    # What every call goes through.

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, repeated while nobody answers or the exchange asks to wait. Raises Problem, Unreachable."""
        headers = {**self._headers, **more.pop("headers", {})}
        for attempt in range(TRIES_MAX):
            last = attempt == TRIES_MAX - 1
            try:
                response = self._http.request(method, f"{self.url}/api{path}", headers=headers, **more)
            except httpx.TransportError as error:
                if last:
                    raise Unreachable(f"{self.url}: {type(error).__name__}") from error
                self.pause(0.2 * 2**attempt)
                continue
            if response.status_code == 429 and not last:
                self.pause(min(float(response.headers.get("Retry-After", 1)), WAIT_SECONDS_MAX))
                continue
            return checked(response)
        raise AssertionError("the last attempt answers or raises")

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, params={k: v for k, v in query.items() if v is not None}).json()

    # The four words.

    def begin(self, procedure: str, /, *, idempotency_key: str | None = None, **inputs: Any) -> Done:
        """Brings a new subject into its first state."""
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return _shaped(Done, self.call("POST", f"/{procedure}", json=inputs, headers=headers).json())

    def act(
        self, procedure: str, subject: int, act: str, /, *, idempotency_key: str | None = None, **inputs: Any
    ) -> Done:
        """Performs one act on one subject."""
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return _shaped(Done, self.call("POST", f"/{procedure}/{subject}/{act}", json=inputs, headers=headers).json())

    def one(self, procedure: str, subject: int, /) -> Subject:
        """A subject with what may be done now, its clocks and its story."""
        return _shaped(Subject, self.get(f"/{procedure}/{subject}"))

    def timeline(self, procedure: str, subject: int, /) -> Iterator[dict[str, Any]]:
        """Everything that happened to a subject, the oldest first, page by page."""
        return self.pages(f"/{procedure}/{subject}/timeline")

    def list(self, procedure: str, /, *, state: str | None = None) -> Iterator[Subject]:
        """Every subject that the key may see, the newest first, page by page."""
        for item in self.pages(f"/{procedure}", state=state):
            yield _shaped(Subject, item)

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        offset: int | None = 0
        while offset is not None:
            page = self.get(path, offset=offset, limit=PAGE, **query)
            yield from page["items"]
            offset = page["next"]

    # Questions.

    def products(self, words: str = "", *, mode: str | None = None) -> Iterator[dict[str, Any]]:
        return self.pages("/products", words=words, mode=mode)

    def product(self, listing: int) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/products/{listing}")
        return found

    def me(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("/me")
        return found

    def proof_at(self, position: int) -> dict[str, Any]:
        """The proof file of a place in the log, as pages show it."""
        found: dict[str, Any] = self.get(f"/log/{position}/proof")
        return found

    def proof(self, fact: int) -> dict[str, Any]:
        """The proof file of a fact; waits the moment that the log needs to place a fresh one."""
        for attempt in range(PLACING_TRIES_MAX):
            try:
                found: dict[str, Any] = self.get(f"/proofs/{fact}")
                break
            except Problem as problem:
                if problem.code != "not-sequenced" or attempt == PLACING_TRIES_MAX - 1:
                    raise
                self.pause(0.25)
        return found

    def hand_in(self, path: Path) -> str:
        """Hands in a paper; its SHA-256, by which acts name it."""
        with path.open("rb") as file:
            return str(self.call("POST", "/papers", files={"file": (path.name, file)}).json()["sha256"])


def checked(response: httpx.Response) -> httpx.Response:
    """The response, or its problem. Raises Problem."""
    if response.is_success:
        return response
    try:
        body = response.json()
    except ValueError:
        body = {}
    raise Problem(response.status_code, body if isinstance(body, dict) else {})
