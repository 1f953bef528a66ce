"""Calls at a node: verification and download, each kept with its receipt, checked before it is believed.

A call has a key of its own (a UUID); a call whose answer was lost is asked again with the same key and billed once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tongqu.client.access import write_private
from tongqu.client.market import TRIES_MAX, Unreachable, checked, http_client
from tongqu.client.receipts import ReceiptBook
from tongqu.wire.message import open_sealed
from tongqu.wire.permit import BATCH_KEYS_MAX
from tongqu.wire.receipt import (
    Answer,
    Receipt,
    answer_digest,
    dataset_answer,
    dataset_request,
    marked_answer,
    request_digest,
    verification_answer,
    verification_request,
)

FRESH_SECONDS_MAX = 20.0
PATIENCE_SECONDS_MAX = 3_600.0
CHUNK_BYTES = 1 << 20


class BadAnswer(Exception):
    """The node's answer does not fit its receipt, or a file does not fit its hash. Do not use it; keep the receipt."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        super().__init__(f"{code}: {detail}" if detail else code)


@dataclass(frozen=True)
class Permit:
    """What a buyer calls with. `token` is the buyer's own secret; the exchange knows its digest only."""

    id: str
    contract: str
    node: str
    address: str
    node_public_key: bytes
    token: str
    use: str | None
    purposes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Permit({self.id!r} at {self.address!r})"

    def purpose(self, purpose: str | None) -> str:
        return purpose or self.purposes[0]


class Node:
    """One node under one permit; every receipt goes into the book before its answer is returned."""

    def __init__(
        self, permit: Permit, book: ReceiptBook, *, http: httpx.Client | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self.permit, self.book, self.pause = permit, book, pause
        self._http = http or http_client()
        self._fresh_until = time.monotonic() + FRESH_SECONDS_MAX
        self._patient_until = time.monotonic() + PATIENCE_SECONDS_MAX

    def verify(self, key: str, *, purpose: str | None = None, call: str | None = None) -> str:
        """One answer: yes, no, unknown, or a band."""
        return self.batch([key], purpose=purpose, call=call)[0]

    def verify_many(
        self, keys: Sequence[str], *, purpose: str | None = None, batch: int = BATCH_KEYS_MAX
    ) -> Iterator[tuple[str, str]]:
        """Key and answer for any number of keys, asked in batches."""
        for start in range(0, len(keys), batch):
            some = list(keys[start : start + batch])
            yield from zip(some, self.batch(some, purpose=purpose), strict=True)

    def batch(self, keys: list[str], *, purpose: str | None = None, call: str | None = None) -> list[str]:
        """One answer for each key, in order; at most 10,000 keys. Raises Problem, BadAnswer, Unreachable."""
        permit, call, why = self.permit, call or str(uuid.uuid4()), self.permit.purpose(purpose)
        if permit.use is None:
            raise BadAnswer("not-a-verification", "this permit is for a data set")
        asked = verification_request(permit.id, why, permit.use, keys)
        response = self._ask("POST", "/v1/verify", call, json=asked)
        answer = Answer.from_json(response.json())
        told = verification_answer(list(answer.answers), answer.source_version)
        if (answer.call, answer.question, len(answer.answers)) != (call, permit.use, len(keys)):
            raise BadAnswer("other-answer", "the answer is to another call")
        receipt = self._receipt(answer.receipt, call)
        if receipt.request_digest != request_digest(asked, answer.salt):
            raise BadAnswer("request-differs", "the receipt is for other keys than were asked")
        if receipt.answer_digest != answer_digest(told, answer.salt):
            raise BadAnswer("answer-differs", "the receipt is for another answer")
        self.book.keep(answer.receipt, salt=answer.salt)
        return list(answer.answers)

    def download(
        self, target: Path, *, purpose: str | None = None, progress: Callable[[int, int], None] | None = None
    ) -> Receipt:
        """The data set as a file, checked against the hash that the contract fixed. Goes on where it stopped.

        `progress(bytes so far, bytes in all)`. Raises Problem, BadAnswer, Unreachable; then what has come stays beside
        the target as `.part`, and the next call goes on with it under the same call key, which is billed once.
        """
        part, notes = target.with_name(target.name + ".part"), target.with_name(target.name + ".part.json")
        call = _kept_call(notes)
        for attempt in range(TRIES_MAX):
            try:
                told = self._fetch(part, notes, call, purpose, progress)
                break
            except (httpx.TransportError, Unreachable) as error:
                if attempt == TRIES_MAX - 1:
                    raise Unreachable(f"{self.permit.address}: {type(error).__name__}") from error
                self.pause(0.2 * 2**attempt)
        receipt, salt = told.receipt, told.salt
        self.book.keep(told.sealed, salt=salt)
        size = part.stat().st_size
        asked = dataset_request(self.permit.id, self.permit.purpose(purpose))
        if receipt.request_digest != request_digest(asked, salt):
            raise BadAnswer("request-differs", "the receipt is for another request")
        if receipt.answer_digest != answer_digest(told.answer(size), salt):
            raise BadAnswer("answer-differs", "the receipt is for another file")
        if _sha256(part) != told.sha256:
            part.unlink()
            raise BadAnswer("hash-differs", "the file is not the version that was agreed; it was removed")
        part.replace(target)
        notes.unlink(missing_ok=True)
        return receipt

    def _fetch(
        self, part: Path, notes: Path, call: str, purpose: str | None, progress: Callable[[int, int], None] | None
    ) -> _Told:
        have, etag = part.stat().st_size if part.exists() else 0, _kept(notes, "etag")
        with self._stream(call, have, purpose, etag) as response:
            if response.status_code != 416:
                notes.write_text(json.dumps({"call": call, "etag": response.headers.get("ETag", "")}), "utf-8")
                goes_on = response.status_code == 206
                size = int(response.headers["Content-Length"]) + (have if goes_on else 0)
                with part.open("ab" if goes_on else "wb") as file:
                    for chunk in response.iter_bytes(CHUNK_BYTES):
                        file.write(chunk)
                        if progress is not None:
                            progress(file.tell(), size)
                return self._told(response, call)
        # All bytes are here and only the receipt is missing: the same call answers with it again.
        with self._stream(call, 0, purpose, None) as response:
            return self._told(response, call)

    def _told(self, response: httpx.Response, call: str) -> _Told:
        try:
            sealed = json.loads(base64.b64decode(response.headers["Tongqu-Receipt"]))
            salt, sha256 = response.headers["Tongqu-Salt"], response.headers["ETag"].strip('"')
        except (KeyError, ValueError) as error:
            raise BadAnswer("receipt-missing", "the answer has no receipt") from error
        return _Told(self._receipt(sealed, call), salt, sha256, response.headers.get("Tongqu-Version", sha256), sealed)

    def write_profile(self, target: Path, *, purpose: str | None = None) -> None:
        """A Delta Sharing profile file for this permit and purpose. It holds the token: only its owner may read it."""
        permit = self.permit
        number = permit.purposes.index(permit.purpose(purpose))
        told = {
            "shareCredentialsVersion": 1,
            "endpoint": f"{permit.address}/delta-sharing/{number}",
            "bearerToken": permit.token,
        }
        write_private(target, (json.dumps(told, indent=1) + "\n").encode())

    @contextmanager
    def _stream(self, call: str, have: int, purpose: str | None, etag: str | None) -> Iterator[httpx.Response]:
        """A response whose body comes in pieces; asked again while the node does not know the token yet."""
        headers = {**self._headers(call), **({"Range": f"bytes={have}-"} if have else {})}
        if have and etag:
            headers["If-Range"] = etag  # should the file be another one, it comes whole
        query = {"purpose": self.permit.purpose(purpose)}
        url = f"{self.permit.address}/v1/datasets/{self.permit.id}"
        while True:
            request = self._http.build_request("GET", url, headers=headers, params=query)
            response = self._http.send(request, stream=True)
            try:
                if response.status_code in {200, 206, 416}:
                    yield response
                    return
                response.read()
            finally:
                response.close()
            if not self._waits(response):
                checked(response)

    def _headers(self, call: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.permit.token}", "Tongqu-Call": call}

    def _ask(self, method: str, path: str, call: str, **more: Any) -> httpx.Response:
        lost = 0
        while True:
            try:
                answer = self._http.request(method, self.permit.address + path, headers=self._headers(call), **more)
            except httpx.TransportError as error:
                lost += 1
                if lost == TRIES_MAX:
                    raise Unreachable(f"{self.permit.address}: {type(error).__name__}") from error
                self.pause(0.2 * 2**lost)
                continue
            if not self._waits(answer):
                return checked(answer)

    def _waits(self, answer: httpx.Response) -> bool:
        """Whether to ask again after a pause: the node has not heard of a fresh token yet, or the rate is used up."""
        if answer.status_code == 429 and time.monotonic() < self._patient_until:
            self.pause(min(float(answer.headers.get("Retry-After", 1)), 60.0))
            return True
        if answer.status_code == 503 and time.monotonic() < self._patient_until and _is_being_made(answer):
            self.pause(min(float(answer.headers.get("Retry-After", 1)), 60.0))
            return True
        if answer.status_code == 401 and time.monotonic() < self._fresh_until:
            self.pause(0.5)
            return True
        return False

    def _receipt(self, sealed: Any, call: str) -> Receipt:
        try:
            receipt = open_sealed(Receipt, sealed, self.permit.node_public_key)
        except ValueError as error:
            raise BadAnswer("receipt-seal", "the receipt is not sealed with the node's key") from error
        if (receipt.contract, receipt.permit, receipt.call) != (self.permit.contract, self.permit.id, call):
            raise BadAnswer("other-receipt", "the receipt is of another call")
        return receipt


@dataclass(frozen=True)
class _Told:
    """What the headers of a download say: `sha256` of the file that comes, made of the pinned `version`."""

    receipt: Receipt
    salt: str
    sha256: str
    version: str
    sealed: dict[str, Any]

    def answer(self, size: int) -> dict[str, Any]:
        if self.sha256 == self.version:
            return dataset_answer(self.version, size)
        return marked_answer(self.version, size, self.sha256)


def _is_being_made(answer: httpx.Response) -> bool:
    """Whether it is a copy for this contract that has to be made first; nothing was billed."""
    with suppress(ValueError, AttributeError):
        return bool(answer.json().get("code") == "copy-being-made")
    return False


def _kept(notes: Path, name: str) -> str | None:
    with suppress(OSError, ValueError, KeyError):
        return str(json.loads(notes.read_text("utf-8"))[name]) or None
    return None


def _kept_call(notes: Path) -> str:
    """The call key of a download that was begun before, or a fresh one, written down before the first byte."""
    with suppress(OSError, ValueError, KeyError):
        return str(uuid.UUID(json.loads(notes.read_text("utf-8"))["call"]))
    call = str(uuid.uuid4())
    notes.write_text(json.dumps({"call": call}), "utf-8")
    return call


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            found.update(chunk)
    return found.hexdigest()
