"""`manage.py audit`, which an operator runs each night and after a restore."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tongqu.exchange.bedrock import evidence, keys, ledger, papers
from tongqu.exchange.bedrock.evidence import NewFact

AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def house(db: None, settings: object, tmp_path: Path) -> str:
    """One fact, one move and one paper; returns the paper's hash."""
    settings.PAPERS_ROOT = tmp_path / "papers"  # type: ignore[attr-defined]
    settings.KEYS_ROOT = tmp_path / "keys"  # type: ignore[attr-defined]
    keys.ensure("log")
    with transaction.atomic():
        fact = evidence.append(NewFact(AT, "deposit", "match", 1, {"kind": "clock"}, {"fen": 100}))
        ledger.post([ledger.Move("bank/clearing", "party/7/available", 100, "deposit")], at=AT, fact_id=fact)
    evidence.integrate()
    return papers.keep(b"%PDF-1.7\n1 0 obj\n%%EOF\n", name="licence.pdf", at=AT, by=7).sha256


def audited(*arguments: str) -> str:
    out = StringIO()
    call_command("audit", *arguments, stdout=out)
    return out.getvalue()


def test_all_is_well(house: str) -> None:
    assert [line[:1] for line in audited().splitlines()] == ["✓", "✓", "✓"]


def test_a_changed_balance_a_changed_fact_and_a_lost_paper_are_each_named(house: str, settings: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE bedrock_fact DISABLE TRIGGER USER")
        cursor.execute("UPDATE bedrock_balance SET posted = posted + 1 WHERE posted > 0")
        cursor.execute("UPDATE bedrock_fact SET act = 'assign'")
    for kept in settings.PAPERS_ROOT.rglob(f"*{house[-8:]}*"):  # type: ignore[attr-defined]
        kept.unlink()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("audit", stdout=out)
    said = out.getvalue()
    assert "✗ 账目" in said
    assert "party/7/available" in said
    assert "fact-changed" in said
    assert house in said


def test_a_log_with_a_new_key_is_checked_with_the_old_one_beside_it(
    house: str, settings: object, tmp_path: Path
) -> None:
    old = evidence.published("key")
    assert old is not None
    (tmp_path / "old.key").write_bytes(old.content)
    (settings.KEYS_ROOT / "log.ed25519").unlink()  # type: ignore[attr-defined]
    keys.ensure("log")
    evidence.integrate()
    with pytest.raises(CommandError):
        audited()
    assert "✓ 存证" in audited("--trust", str(tmp_path / "old.key"))
