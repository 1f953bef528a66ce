"""Calls at a node: verification and download, each kept with its receipt, checked before it is believed.

A call has a key of its own (a UUID); a call whose answer was lost is asked again with the same key and billed once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tongqu.client.access import write_private
from tongqu.client.market import TRIES_MAX, Problem, Unreachable, checked, http_client
from tongqu.client.noted import CallNotes, begun_call, noted
from tongqu.client.receipts import ReceiptBook
from tongqu.wire.blinding import BlindingKey, agreed_key, blind, private_key, public_hex
from tongqu.wire.message import BadMessage, open_sealed
from tongqu.wire.new_key import follow
from tongqu.wire.permit import BATCH_KEYS_MAX
from tongqu.wire.query import QueryAnswer, query_request
from tongqu.wire.receipt import (
    Answer,
    CountAnswer,
    Receipt,
    answer_digest,
    count_answer,
    dataset_answer,
    dataset_request,
    marked_answer,
    request_digest,
    verification_answer,
    verification_request,
)
from tongqu.wire.reports import report_answer, report_request
from tongqu.wire.scores import Scores, key_scoring_request, row_scoring_request, scoring_answer
from tongqu.wire.seals import KeyRing
from tongqu.wire.words import Words

FRESH_SECONDS_MAX = 20.0
PATIENCE_SECONDS_MAX = 3_600.0
CHUNK_BYTES = 1 << 20
RECEIPTS_PAGE = 1_000
OLD = timedelta(minutes=10)

Reply = TypeVar("Reply", Answer, CountAnswer, QueryAnswer, Scores)


_UNBELIEVED = {
    "answer-differs": Words("回执对应的是另一份回答。", "The receipt is for another answer."),
    "answer-unreadable": Words("回答的格式不正确。", "The answer is not well formed."),
    "blinding-seal": Words("盲化公钥的签章与节点公钥不符。", "The blinding key is not sealed with the node's key."),
    "chain-broken": Words("回执与前一份回执不相接。", "A receipt does not follow from the one before it."),
    "hash-differs": Words("文件的哈希不符，已删除。", "The file's hash is another; it was removed."),
    "other-answer": Words("回答的是另一次调用。", "The answer is to another call."),
    "other-receipt": Words(
        "回执属于另一次调用或另一合同，或顺序不对。", "A receipt is of another call or contract, or out of order."
    ),
    "receipt-missing": Words("回答没有附回执。", "The answer has no receipt."),
    "receipt-seal": Words("回执的签章与节点公钥不符。", "A receipt is not sealed with the node's key."),
    "request-differs": Words("回执对应的是另一项请求。", "The receipt is for another request than was made."),
    "sequence-twice": Words(
        "节点的回执与保存的同号回执不同。", "The node's receipt is another than the one kept under its number."
    ),
    "version-differs": Words(
        "文件不是合同约定的版本，已删除。", "The file is of another version than the contract fixed; it was removed."
    ),
}


class BadAnswer(Exception):
    """The node's answer does not fit its receipt, or a file does not fit its hash. Do not use it; keep the receipt."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code, self.words = code, _UNBELIEVED[code]
        super().__init__(f"{code}: {self.words.en} {detail}".rstrip())


class OtherUse(Exception):
    """The permit is for another use than this call. Nothing was asked and nothing billed; `words` name the right call."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


DATA_SET = Words(
    "该合同交付的是数据集，没有可问的；请用 tongqu trade download。没有调用，也没有计费。",
    "This contract delivers a data set, there is nothing to ask: tongqu trade download. Nothing was called or billed.",
)
COUNTED = Words(
    "该核验问题只回答各答案有多少，不逐键作答；请用 tongqu trade count。没有调用，也没有计费。",
    "This question is answered in counts, not key by key: tongqu trade count. Nothing was called or billed.",
)
NOT_COUNTED = Words(
    "该核验问题逐键作答，不回答各答案有多少；请用 tongqu trade call。没有调用，也没有计费。",
    "This question is answered key by key, not in counts: tongqu trade call. Nothing was called or billed.",
)


@dataclass(frozen=True)
class Permit:
    """What a buyer calls with. `token` is the buyer's own secret; the exchange knows its digest only."""

    id: str
    contract: str
    node: str
    address: str
    node_public_key: bytes | KeyRing
    token: str
    use: str | None
    purposes: tuple[str, ...]
    version: str | None = None
    """Of a data set: the one that the contract fixed."""
    counted: bool | None = None
    """Of a question: whether it is answered in counts only; none, where that is not known and the node has to say."""

    def __repr__(self) -> str:
        return f"Permit({self.id!r} at {self.address!r})"

    def purpose(self, purpose: str | None) -> str:
        return purpose or self.purposes[0]

    def asks(self) -> str:
        """What is asked of: a question, a query, a scoring or a report. Raises OtherUse."""
        if self.use is None:
            raise OtherUse(DATA_SET)
        return self.use


@dataclass(frozen=True)
class Downloaded:
    """A data set that came whole: `sha256` is the file's own. A copy that was marked for this contract has another than the
    version that the contract fixed, which is `receipt.source_version`."""

    receipt: Receipt
    sha256: str

    @property
    def marked(self) -> bool:
        return self.sha256 != self.receipt.source_version


class Node:
    """One node under one permit; every receipt goes into the book before its answer is returned."""

    def __init__(
        self, permit: Permit, book: ReceiptBook, *, http: httpx.Client | None = None,
        pause: Callable[[float], None] = time.sleep, region: str | None = None, recipient: str | None = None,
    ) -> None:  # fmt: skip
        self.permit, self.book, self.pause = permit, book, pause
        self.keys = permit.node_public_key
        self._stated = {n: v for n, v in (("region", region), ("recipient", recipient)) if v is not None}
        self._http = http or http_client()
        self.old: list[datetime] = []
        """When calls were answered that had been begun long ago, and were taken up again: their answers are of that moment."""
        self._notes = CallNotes(book.path.parent, _is_over)
        self._blinding: tuple[str, bytes] | None = None
        self._fresh_until = time.monotonic() + FRESH_SECONDS_MAX
        self._patient_until = time.monotonic() + PATIENCE_SECONDS_MAX

    def follow_keys(self) -> None:
        """Learns the node's later keys, each by the seal of the one before; what does not lead on from a key that is trusted
        already is nothing."""
        try:
            answer = self._http.get(
                f"{self.permit.address}/v1/keys", headers={"Authorization": f"Bearer {self.permit.token}"}
            )
            announced = answer.json()["keys"] if answer.status_code == 200 else []
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return
        self.keys = follow(self.keys, announced if isinstance(announced, list) else [], self.permit.node)

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
        """One answer for each key, in order; at most 10,000 keys. Raises OtherUse, Problem, BadAnswer, Unreachable."""
        if self.permit.counted:
            raise OtherUse(COUNTED)
        asked = self._verification(keys, purpose)
        answer, receipt = self._answered(Answer, "/v1/verify", call, asked)
        if (answer.call, answer.question, len(answer.answers)) != (receipt.call, self.permit.use, len(keys)):
            raise BadAnswer("other-answer")
        _believe(receipt, verification_answer(list(answer.answers), answer.source_version), answer.salt)
        return list(answer.answers)

    def counts(
        self, keys: Sequence[str], *, purpose: str | None = None, call: str | None = None
    ) -> dict[str, int | None]:
        """How many of the keys have which answer; None where the node withholds it. Raises as `batch` does."""
        if self.permit.counted is False:
            raise OtherUse(NOT_COUNTED)
        asked = self._verification(list(keys), purpose)
        answer, receipt = self._answered(CountAnswer, "/v1/verify", call, asked)
        if (answer.call, answer.question) != (receipt.call, self.permit.use):
            raise BadAnswer("other-answer")
        _believe(receipt, count_answer(answer.counts, answer.least, answer.source_version), answer.salt)
        return answer.counts

    def _verification(self, keys: list[str], purpose: str | None) -> dict[str, Any]:
        permit = self.permit
        return verification_request(permit.id, permit.purpose(purpose), permit.asks(), *self._blinded(keys))

    def agree_on_blinding(self, secret: bytes) -> None:
        """From now on keys are sent blinded: under what the node and a secret of one's own come to for this contract. Keep
        the secret; another one makes the node blind its whole source again. Raises BadAnswer, Problem, Unreachable."""
        told = self._ask("GET", "/v1/blinding", str(uuid.uuid4())).json()
        try:
            self.follow_keys()
            node = open_sealed(BlindingKey, told, self.keys)
        except ValueError as error:
            raise BadAnswer("blinding-seal") from error
        own = private_key(secret)
        self._blinding = public_hex(own), agreed_key(own, node.public_key, self.permit.contract)

    def _blinded(self, keys: list[str]) -> tuple[list[str], str | None]:
        if self._blinding is None:
            return keys, None
        public, agreed = self._blinding
        return [blind(key, agreed) for key in keys], public

    def _answered(
        self, kind: type[Reply], path: str, call: str | None, asked: dict[str, Any], sent: dict[str, Any] | None = None
    ) -> tuple[Reply, Receipt]:
        """What the node answers to `asked`; `sent` where more goes out than is digested. The receipt is kept before the answer is
        read: a call whose answer is of no use was billed all the same. Raises Problem, BadAnswer, Unreachable."""
        with self._one_call(asked, call) as key:
            response = self._ask("POST", path, key, json=sent or asked)
            try:
                told = response.json()
                sealed, salt = told["receipt"], str(told["salt"])
            except (ValueError, KeyError, TypeError) as error:
                raise BadAnswer("receipt-missing") from error
            receipt = self._keep(sealed, salt, key, asked)
            self._note_old(response, receipt)
        try:
            return kind.from_json(told), receipt
        except BadMessage as error:
            raise BadAnswer("answer-unreadable", str(error)) from error

    @contextmanager
    def _one_call(self, asked: dict[str, Any], call: str | None) -> Iterator[str]:
        """The key of this call. One of our own is noted until it is answered or refused."""
        if call is not None:
            yield call
            return
        with self._notes.of(request_digest(self._with_stated(asked), self.permit.token)) as key:
            yield key

    def until_written(self) -> AbstractContextManager[Callable[[], None]]:
        """Inside, say by what it gives that the answers so far are where they belong; what crashes before gets them again."""
        return self._notes.until_written()

    def _note_old(self, response: httpx.Response, receipt: Receipt) -> None:
        age = datetime.now(UTC) - receipt.at
        if response.headers.get("Tongqu-Repeated") and age > OLD:
            self.old.append(receipt.at)

    def _keep(self, sealed: dict[str, Any], salt: str, call: str, asked: dict[str, Any]) -> Receipt:
        """Checks that the receipt is for what was asked, and keeps it. Raises BadAnswer."""
        receipt = self._receipt(sealed, call)
        if receipt.request_digest != request_digest(self._with_stated(asked), salt):
            raise BadAnswer("request-differs")
        self.book.keep(sealed, salt=salt)
        return receipt

    def query(
        self,
        values: Mapping[str, Any],
        *,
        purpose: str | None = None,
        rows: int | None = None,
        cursor: str | None = None,
        call: str | None = None,
    ) -> QueryAnswer:
        """One page of a query's answer; `next` of the page before goes on. Raises Problem, BadAnswer, Unreachable."""
        permit, why = self.permit, self.permit.purpose(purpose)
        asked = query_request(permit.id, why, permit.asks(), values, rows, cursor)
        answer, receipt = self._answered(QueryAnswer, "/v1/query", call, asked)
        if (answer.call, answer.query) != (receipt.call, permit.use):
            raise BadAnswer("other-answer")
        _believe(receipt, answer.answer, answer.salt)
        return answer

    def score_keys(self, keys: Sequence[str], *, purpose: str | None = None, call: str | None = None) -> list[str]:
        """The model's score for each key of the source. Raises Problem, BadAnswer, Unreachable."""
        return self._scores(key_scoring_request, list(keys), purpose, call)

    def score_rows(
        self,
        rows: Sequence[Mapping[str, str | int | float | None]],
        *,
        purpose: str | None = None,
        call: str | None = None,
    ) -> list[str]:
        """The model's score for each row of features. Raises Problem, BadAnswer, Unreachable."""
        return self._scores(row_scoring_request, [dict(row) for row in rows], purpose, call)

    def _scores(
        self, request: Callable[..., dict[str, Any]], asked: list[Any], purpose: str | None, call: str | None
    ) -> list[str]:
        permit, why = self.permit, self.permit.purpose(purpose)
        digested = request(permit.id, why, permit.asks(), asked)
        field = "keys" if "keys" in digested else "rows"
        answer, receipt = self._answered(Scores, "/v1/score", call, digested, sent={**digested, field: asked})
        if (answer.call, answer.scoring, len(answer.scores)) != (receipt.call, permit.use, len(asked)):
            raise BadAnswer("other-answer")
        _believe(receipt, scoring_answer(answer.scores, answer.model_sha256, answer.source_version), answer.salt)
        return list(answer.scores)

    def report(self, period: str, target: Path, *, purpose: str | None = None, call: str | None = None) -> Receipt:
        """The report of a period as a PDF, checked against the hash in its receipt. Raises Problem, BadAnswer, Unreachable."""
        permit, why = self.permit, self.permit.purpose(purpose)
        asked = report_request(permit.id, why, permit.asks(), period)
        part = target.with_name(target.name + ".part")
        part.touch()  # a report that cannot be written is not asked for: it would be billed
        try:
            with self._one_call(asked, call) as key:
                response = self._ask("POST", "/v1/reports", key, json=asked)
                told, content = self._told(response, key), response.content
                self._keep(told.sealed, told.salt, key, asked)
                self._note_old(response, told.receipt)
                found = report_answer(hashlib.sha256(content).hexdigest(), len(content), told.receipt.source_version)
                _believe(told.receipt, found, told.salt)
                part.write_bytes(content)
                part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return told.receipt

    def pages(
        self,
        values: Mapping[str, Any],
        *,
        purpose: str | None = None,
        rows: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[QueryAnswer]:
        """Every page from the cursor on, until there is none or one question may bring no more. Each is a call."""
        while True:
            page = self.query(values, purpose=purpose, rows=rows, cursor=cursor)
            yield page
            cursor = page.next
            if cursor is None:
                return

    def download(
        self, target: Path, *, purpose: str | None = None, progress: Callable[[int, int], None] | None = None
    ) -> Downloaded:
        """The data set as a file, checked against the hash that the contract fixed. Goes on where it stopped.

        `progress(bytes so far, bytes in all)`. Raises Problem, BadAnswer, Unreachable; then what has come stays beside
        the target as `.part`, and the next call goes on with it under the same call key, which is billed once.
        """
        part, notes = target.with_name(target.name + ".part"), target.with_name(target.name + ".part.json")
        call = begun_call(notes)
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
        asked = self._with_stated(dataset_request(self.permit.id, self.permit.purpose(purpose)))
        if receipt.request_digest != request_digest(asked, salt):
            raise BadAnswer("request-differs")
        if self.permit.version not in (None, receipt.source_version):
            part.unlink()
            raise BadAnswer("version-differs")
        if receipt.answer_digest != answer_digest(told.answer(size), salt):
            raise BadAnswer("answer-differs")
        if _sha256(part) != told.sha256:
            part.unlink()
            raise BadAnswer("hash-differs")
        part.replace(target)
        notes.unlink(missing_ok=True)
        return Downloaded(receipt, told.sha256)

    def _fetch(
        self, part: Path, notes: Path, call: str, purpose: str | None, progress: Callable[[int, int], None] | None
    ) -> _Told:
        have, etag = part.stat().st_size if part.exists() else 0, noted(notes, "etag")
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
            raise BadAnswer("receipt-missing") from error
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
        stated = {f"Tongqu-{name.title()}": value for name, value in self._stated.items()}
        return {"Authorization": f"Bearer {self.permit.token}", "Tongqu-Call": call, **stated}

    def _with_stated(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request as it is digested: with where and for whom the answer is, if that was stated."""
        return {**request, "stated": dict(self._stated)} if self._stated else request

    def receipt(self, sequence: int) -> dict[str, Any]:
        """A receipt with its neighbours, its statement, its way to the root and the acknowledgement, as the node tells it."""
        path = f"/v1/receipts/{sequence}"
        found: dict[str, Any] = self._ask("GET", path, str(uuid.uuid4()), params={"permit": self.permit.id}).json()
        return found

    def receipts(self, *, after: int = 0) -> Iterator[tuple[Receipt, dict[str, Any]]]:
        """Every receipt of the contract behind that number, in order, opened and sealed; it works when the use has ended, too.
        Raises Problem, Unreachable, and BadAnswer for what is not the node's, not of this contract, or not in order."""
        reached = after
        while True:
            query = {"permit": self.permit.id, "after": reached, "limit": RECEIPTS_PAGE}
            try:
                told = self._ask("GET", "/v1/receipts", str(uuid.uuid4()), params=query).json()
                page, following = list(told["receipts"]), told["next"]
            except (ValueError, KeyError, TypeError) as error:
                raise BadAnswer("answer-unreadable") from error
            for sealed in page:
                receipt = self._opened(sealed)
                if receipt.sequence <= reached:
                    raise BadAnswer("other-receipt")
                reached = receipt.sequence
                yield receipt, sealed
            if not page or following is None:
                return

    def acknowledge(self, sealed: dict[str, Any]) -> int:
        """Up to which receipt the node holds the buyer's acknowledgement now. Raises Problem, Unreachable."""
        body = {"permit": self.permit.id, "acknowledgement": sealed}
        return int(self._ask("POST", "/v1/acknowledgements", str(uuid.uuid4()), json=body).json()["acknowledged"])

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
        receipt = self._opened(sealed)
        if (receipt.permit, receipt.call) != (self.permit.id, call):
            raise BadAnswer("other-receipt")
        return receipt

    def _opened(self, sealed: Any) -> Receipt:
        """A receipt that the node sealed for this contract. Raises BadAnswer."""
        try:
            receipt = open_sealed(Receipt, sealed, self.keys)
        except ValueError:
            self.follow_keys()  # it may have changed its key since
            try:
                receipt = open_sealed(Receipt, sealed, self.keys)
            except ValueError as error:
                raise BadAnswer("receipt-seal") from error
        if receipt.contract != self.permit.contract:
            raise BadAnswer("other-receipt")
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


def _believe(receipt: Receipt, told: Mapping[str, Any], salt: str) -> None:
    """Raises BadAnswer for an answer that its receipt does not cover."""
    if receipt.answer_digest != answer_digest(told, salt):
        raise BadAnswer("answer-differs")


def _is_being_made(answer: httpx.Response) -> bool:
    """Whether it is a copy for this contract that has to be made first; nothing was billed."""
    with suppress(ValueError, AttributeError):
        return bool(answer.json().get("code") == "copy-being-made")
    return False


def _is_over(error: Exception) -> bool:
    """Whether nothing was billed under this key, or the answer is no good. Only the node itself can say so: what stands before it may
    have lost an answer that was billed. What is asked too often, or took too long, is to be asked again with the same key."""
    if isinstance(error, Problem):
        return error.is_told and error.status < 500 and error.status not in {408, 429}
    return isinstance(error, BadAnswer)


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            found.update(chunk)
    return found.hexdigest()
