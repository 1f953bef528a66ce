"""Writing a fact: the one part of the log on the path of every act, so it is one statement and little Python."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock import statements
from tongqu.exchange.bedrock.values import Words
from tongqu.wire import proofs
from tongqu.wire.canonical import canonical

# Fact and queue in one round trip. No lock is taken, so appends never wait for each other.
_APPEND = """
WITH fact AS (
    INSERT INTO bedrock_fact (at, procedure, act, subject_id, actor, body, salt, digest)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
)
INSERT INTO bedrock_fresh (fact_id) SELECT id FROM fact RETURNING fact_id
"""
_APPEND_NUMBERED = """
WITH fact AS (
    INSERT INTO bedrock_fact (id, at, procedure, act, subject_id, actor, body, salt, digest)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
)
INSERT INTO bedrock_fresh (fact_id) SELECT id FROM fact
"""
NEXT_NUMBER = "nextval('bedrock_fact_id_seq')"
"""SQL that gives the id of a fact to come: for who asks for it in a statement that it sends anyway."""


class BadFact(ValueError):
    """The fact cannot be kept as it was given. The act that made it has a fault; mend its data."""

    code = "bad-fact"
    mend = Words("请修正该行为所记录的数据。", "Correct the data that the act records.")

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


class NoTransaction(RuntimeError):
    """A fact was appended outside a transaction, so it could survive an act that did not. Open one around both."""

    code = "no-transaction"
    words = Words("存证必须与行为处于同一事务。", "A fact is kept in the transaction of its act.")
    mend = Words("请在事务内调用。", "Call it inside a transaction.")


@dataclass(frozen=True, slots=True)
class NewFact:
    """One act, to be kept. `actor` and `body` are JSON without floats; `at` is aware."""

    at: datetime
    procedure: str
    act: str
    subject_id: int
    actor: Mapping[str, Any]
    body: Mapping[str, Any]


def append(fact: NewFact, *, number: int | None = None) -> int:
    """Keep a fact inside the caller's transaction; its id. It has no place in the log until the integrator gives one.

    With a `number` that the database gave before (`NEXT_NUMBER`) it is put off to the end of the act.
    Raises NoTransaction, BadFact, and NotCanonical for a float or a foreign type.
    """
    if not statements.connection().in_atomic_block:
        raise NoTransaction(NoTransaction.words.en)
    if fact.at.tzinfo is None:
        raise BadFact(Words("时间必须带时区。", "The time must be aware of its zone."))
    actor, body = canonical(fact.actor), canonical(fact.body)
    if b"\\u0000" in actor + body:
        _refuse_nul([fact.actor, fact.body])
    salt = os.urandom(proofs.SALT_BYTES)
    envelope = proofs.envelope_bytes(
        at=proofs.moment(fact.at),
        procedure=fact.procedure,
        act=fact.act,
        subject_id=fact.subject_id,
        actor=actor,
        body=body,
    )
    row: tuple[Any, ...] = (fact.at, fact.procedure, fact.act, fact.subject_id, actor.decode(), body.decode(), salt)
    row = (*row, proofs.salted(salt, envelope))
    if number is not None:
        statements.later(_APPEND_NUMBERED, (number, *row))
        return number
    ((fact_id,),) = statements.execute(_APPEND, row)
    return int(fact_id)


def _refuse_nul(value: Any) -> None:
    """PostgreSQL keeps U+0000 in `json` but fails every query that looks inside: refuse it before it is for ever."""
    if isinstance(value, str):
        if "\x00" in value:
            raise BadFact(Words("文字中不得含有空字符。", "Text must not contain the character U+0000."))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_nul(key)
            _refuse_nul(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_nul(item)
