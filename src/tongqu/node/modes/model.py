"""Scores rows by a declared model: of features that the buyer sends, or of rows that the source holds. Only scores leave."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from tongqu.node.consents.asking import Consent
from tongqu.node.mapped import picked
from tongqu.node.modes.mode import Ran, Room
from tongqu.node.modes.verification import consenting
from tongqu.node.permits import Reason
from tongqu.node.refusals import NOT_WRITABLE, Refusal
from tongqu.node.scoring import scores
from tongqu.node.scoring.features import FAULTS_TOLD, FeatureFault, Value, sent_rows
from tongqu.node.scoring.runner import ModelFailed, Runner
from tongqu.node.scoring.worker import Rows
from tongqu.node.turns import Turns
from tongqu.wire.constraints import consent_not_checkable
from tongqu.wire.permit import FOUND, Permit
from tongqu.wire.scores import key_scoring_request, row_scoring_request, scores_bytes, scoring_answer
from tongqu.wire.scoring import FROM_SOURCE, Scoring
from tongqu.wire.source import MODEL
from tongqu.wire.words import Words

AT_ONCE_OF_ONE = 1
"""Runs of one contract at once: of the two threads that wait for models one is always for somebody else."""

JOURNAL_CHARS_MAX = 2_048
"""What is kept of longer answers stands in a file of its own."""

_FAILED = Reason(
    "model-failed",
    "model",
    Words("模型运行失败或超时, 未作答。", "The model failed or was too slow and did not answer."),
    Words(
        "未计费。请减少本批数量后重试; 若持续出现请联系提供方。",
        "Nothing was billed. Send fewer rows and try again; if it stays, tell the provider.",
    ),
    retry_after_seconds=1,
)
_TOO_NEAR = Reason(
    "too-near",
    "near",
    Words(
        "本合同就十分相近的输入提问过多, 为防复制模型不再作答。",
        "This contract has asked too many inputs that lie close together; the model is guarded against being copied.",
    ),
    Words(
        "已问过的输入可再次询问; 其他输入不受影响。", "What was asked before may be asked again; other inputs are free."
    ),
)
_OTHER_INPUT = {
    True: Reason(
        "keys-wanted",
        "action",
        Words("该模型的特征取自数据源, 应给出键。", "This model takes its features from the source and wants keys."),
        Words("请以 key 或 keys 提问。", "Ask by `key` or `keys`."),
    ),
    False: Reason(
        "rows-wanted",
        "action",
        Words("该模型的特征由买方提供。", "This model wants features of the buyer's."),
        Words("请以 row 或 rows 提问。", "Ask by `row` or `rows`."),
    ),
}


@dataclass(frozen=True, slots=True)
class ToScore:
    """The scoring, and either keys of the source or rows of features."""

    scoring: str
    keys: Sequence[str] | None
    rows: Sequence[Mapping[str, Value]] | None

    def __len__(self) -> int:
        return len(self.keys if self.keys is not None else self.rows or ())


class Model:
    """Mode `model`. The model runs in a process of its own; what that does wrong costs the buyer nothing."""

    name: ClassVar[str] = MODEL

    def __init__(self) -> None:
        self._turns = Turns(AT_ONCE_OF_ONE)

    def use(self, asked: ToScore) -> str:
        return asked.scoring

    def calls(self, asked: ToScore) -> int:
        return len(asked)

    def request(self, permit: Permit, purpose: str, asked: ToScore) -> dict[str, Any]:
        if asked.keys is not None:
            return key_scoring_request(permit.id, purpose, asked.scoring, asked.keys)
        return row_scoring_request(permit.id, purpose, asked.scoring, asked.rows or ())

    async def run(self, permit: Permit, room: Room, asked: ToScore, consent: Consent | None = None) -> Ran:
        held, scoring = room.held[permit.source], permit.scoring
        assert scoring is not None
        by_key = scoring.features_from == FROM_SOURCE
        if by_key != (asked.keys is not None):
            raise Refusal((_OTHER_INPUT[by_key],))
        if consent is not None and not by_key:
            raise Refusal((consent_not_checkable(),))
        stands = None if consent is None else consenting(consent, list(asked.keys or ()))
        version, runner = held.declaration.source_version, room.runners[permit.source, scoring.id]
        if by_key:
            run = partial(_by_key, runner, scoring, held, asked.keys, stands)
        else:
            matrix, faults = sent_rows(scoring, asked.rows or ())
            if faults:
                raise Refusal(_unfit(faults))
            run = partial(_sent, runner, scoring, matrix, room.near, permit.contract)
        found = await self._turns.run(permit.contract, room.scorers, run)
        answer = scoring_answer(scores.words_of(scoring, found), scoring.model_sha256, version)
        text = scores.kept(found)
        apart = text.encode() if len(text) > JOURNAL_CHARS_MAX else None
        units = scores.billed_units(found, permit.charge)
        if consent is not None and permit.charge != FOUND:
            units = consent.consented
        return Ran(version, answer, text, calls=len(asked), units=units, apart=apart)

    def again(
        self, permit: Permit, room: Room, body: Mapping[str, Any], kept: str, apart: bytes | None
    ) -> dict[str, Any] | None:
        scoring = permit.scoring
        codes = scores.of_kept(kept if apart is None else apart.decode("ascii", "replace"))
        if scoring is None or codes is None:
            return None
        try:
            return scoring_answer(scores.words_of(scoring, codes), scoring.model_sha256, body["source_version"])
        except IndexError:
            return None

    def told(self, call: str, asked: ToScore, answer: dict[str, Any], salt: str, receipt: bytes, room: Room) -> bytes:
        return scores_bytes(call, asked.scoring, answer, salt, receipt)


def _by_key(
    runner: Runner, scoring: Scoring, held: Any, keys: Sequence[str] | None, stands: npt.NDArray[np.bool_] | None
) -> scores.Codes:
    """Rows that cannot be scored, like keys that the source lacks, stay `unknown` and never reach the model."""
    wanted = list(keys or ())
    scorable, at = held.scorable[scoring.id], held.keys.find_many(wanted)
    if stands is not None:
        at = np.where(stands, at, -1)
    codes = np.zeros(len(wanted), dtype=np.int32)
    known = np.flatnonzero(at >= 0)
    rows = picked(held.keys.order, at[known])
    fits = picked(scorable.fits, rows)
    known, rows = known[fits], rows[fits]
    if len(known):
        codes[known] = _run(runner, scoring, picked(scorable.matrix, rows))
    return codes


def _sent(runner: Runner, scoring: Scoring, matrix: Rows, near: Any, contract: str) -> scores.Codes:
    try:
        if not near.admit(contract, scoring, matrix):
            raise Refusal((_TOO_NEAR,))
    except sqlite3.Error as error:
        raise Refusal((NOT_WRITABLE,)) from error
    return _run(runner, scoring, matrix)


def _run(runner: Runner, scoring: Scoring, matrix: Rows) -> scores.Codes:
    try:
        return scores.codes_of(scoring, runner.score(matrix))
    except (ModelFailed, ValueError):
        raise Refusal((_FAILED,)) from None


def _unfit(faults: Sequence[FeatureFault]) -> tuple[Reason, ...]:
    """Every fault by row and feature, up to a number; how many there are is said with each."""
    mend = Words(
        f"请按模型卡修正后重试; 共 {len(faults)} 处。", f"Correct it by the model's card; {len(faults)} in all."
    )
    return tuple(
        Reason(
            "feature-unfit",
            "features",
            Words(
                f"第 {fault.at} 行特征 {fault.feature} {fault.words.zh}。",
                f"Row {fault.at}: {fault.feature or 'a name'} {fault.words.en}.",
            ),
            mend,
        )
        for fault in faults[:FAULTS_TOLD]
    )
