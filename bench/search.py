"""How long does a search among 88,883 and among 1,000,000 entries take, with exact totals, facets and the first page?

Ours: the index as the exchange maps it; words, counts of all facets, twenty of the first page. The peers find the same words in
the same texts and give the total and twenty rows, without facets: PostgreSQL's ILIKE, and, among the 88,883, SQLite's FTS5 over
pairs of characters.
The words are pieces of real titles, one to six characters, alone and two together. The million is the real entries repeated
under titles of their own. Totals must be those of ILIKE.
"""

from __future__ import annotations

import itertools
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bench import server
from bench.figures import Figure, Report, percentile

WORDS, WORDS_OF_A_MILLION = 200, 12
MILLION = 1_000_000
SEED = 20_261_128


def measure() -> Report:
    with server.fresh() as there:
        from django.core.management import call_command

        from tongqu.exchange.bedrock import keys

        call_command("migrate", interactive=False, verbosity=0)
        for name in ("log", "permits", "signatures"):
            keys.ensure(name)
        _import()
        from tongqu.exchange.registry import harvest
        from tongqu.exchange.registry.search import documents
        from tongqu.exchange.registry.search.store import BLOCK, Store

        real = [documents.of_entry(one) for one in harvest.every_entry(0, 1 << 40)]
        asked = _asked(real)
        figures: list[Figure] = []
        rows: list[list[str]] = []
        for name, count, some in (("search_89k", len(real), asked), ("search_1m", MILLION, asked[:WORDS_OF_A_MILLION])):
            many = list(_many(real, count))
            store = Store(there.folder / name)
            blocks = dict.fromkeys(range(many[-1].id // BLOCK + 1), "")
            began = time.perf_counter()
            store.refresh(blocks, partial(_between, many), documents.FACETS)
            built = time.perf_counter() - began
            texts = [(one.id, _text(one)) for one in many]
            del many
            ilike = _postgresql(texts)
            totals = {text: ilike(text) for text in some}
            ours, peers = {}, {text: _took(ilike, text) for text in some}
            index = store.index()
            for text in asked:
                found = index.search(text)
                assert text not in totals or found.total == totals[text], (text, found.total, totals[text])
                ours[text] = _took(index.search, text)
            mine, theirs, half = (
                percentile(list(w.values()), s) * 1e3 for w, s in ((ours, 0.95), (peers, 0.95), (ours, 0.5))
            )
            figures.append(Figure(name, mine, "PostgreSQL ILIKE", theirs, theirs / mine, "ms p95", len(asked)))
            row = [f"{count:,}", f"{half:.1f}", f"{mine:.1f}", f"{theirs:,.0f}", "–", f"{built:.0f}"]
            if count == len(real):
                others = _with_fts(texts, some)
                figures.append(Figure(f"{name}_fts5", mine, "SQLite FTS5", others, others / mine, "ms p95", len(asked)))
                row[4] = f"{others:.1f}"
            rows.append(row)
        head = ("entries", "p50 ms", "p95 ms", "ILIKE p95 ms", "FTS5 p95 ms", "built in s")
        notes = [
            f"{len(asked)} words and pairs of words; of the million {WORDS_OF_A_MILLION} of them were asked of the peers.",
            "The limits are 100 ms (88,883) and 300 ms (1,000,000), p95. FTS5 over pairs cannot find a single character.",
        ]
        return Report("search", f"{__doc__}".split("\n\n")[0], head, rows, figures, notes)


def _import() -> None:
    from django.utils import timezone

    from tongqu.demo import catalogues
    from tongqu.exchange.bedrock import papers
    from tongqu.exchange.registry import harvest
    from tongqu.exchange.registry.models import Harvest

    at = timezone.now()
    kept = papers.keep(catalogues.packed(whole=True), name="catalogues.zip", at=at, by=None)
    number = Harvest.objects.create(state="running", begun_at=at, changed_at=at, file=kept.sha256, name="bench").pk
    assert harvest.run(number, ready=lambda provinces: None) == "finished"


def _asked(real: list[Any]) -> list[str]:
    """Pieces of titles, as people type them: some frequent, most not."""
    dice = random.Random(SEED)
    found: list[str] = []
    while len(found) < WORDS:
        pieces = []
        for _ in range(1 + (dice.random() < 0.3)):
            title = "".join(dice.choice(real).title.split())
            size = dice.choice([1, 2, 2, 2, 3, 4, 4, 6])
            start = dice.randrange(max(1, len(title) - size + 1))
            pieces.append(title[start : start + size].replace("%", "").replace("_", "").replace("\\", ""))
        text = " ".join(filter(None, pieces))
        if text and text not in found:
            found.append(text)
    return found


def _many(real: list[Any], count: int) -> Iterator[Any]:
    from tongqu.exchange.registry.search.index import Document

    for number in range(count):
        one = real[number % len(real)]
        title = one.title if number < len(real) else f"{one.title}（{number // len(real)}）"
        yield Document(number + 1, title, one.parts, one.day, one.facets)


def _between(many: list[Any], first: int, last: int) -> list[Any]:
    """Ids count from one without a gap."""
    return many[max(first - 1, 0) : last - 1]


def _text(one: Any) -> str:
    from tongqu.exchange.registry.search.index import BREAK, fold

    return BREAK.join(fold(part.replace(BREAK, " ")) for part in (one.title, *one.parts))


def _took(work: Callable[[str], object], text: str, times: int = 3) -> float:
    """Seconds; the middle of a few."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work(text)
        took.append(time.perf_counter() - began)
    return sorted(took)[len(took) // 2]


def _postgresql(texts: list[tuple[int, str]]) -> Callable[[str], int]:
    from django.db import connection

    from tongqu.exchange.registry.search import words_of

    with connection.cursor() as cursor:
        cursor.execute("drop table if exists searched")
        cursor.execute("create table searched (id bigint primary key, text text)")
        with cursor.copy("copy searched from stdin") as into:
            for row in texts:
                into.write_row(row)
        cursor.execute("analyze searched")

    def ask(text: str) -> int:
        words = [f"%{word}%" for word in words_of(text)]
        where = " and ".join(["text ilike %s"] * len(words))
        with connection.cursor() as cursor:
            cursor.execute(f"select count(*) from searched where {where}", words)
            (total,) = cursor.fetchone()
            cursor.execute(f"select id from searched where {where} order by id desc limit 20", words)
            cursor.fetchall()
        return int(total)

    return ask


def _with_fts(texts: list[tuple[int, str]], asked: list[str]) -> float:
    """Milliseconds, p95, of those words that pairs can find."""
    with tempfile.TemporaryDirectory() as folder:
        fts = _sqlite(texts, Path(folder) / "fts.db")
        took = [_took(fts, text) for text in asked if min(map(len, text.split())) > 1]
    return percentile(took, 0.95) * 1e3


def _sqlite(texts: list[tuple[int, str]], path: Path) -> Callable[[str], int]:
    from tongqu.exchange.registry.search import words_of

    base = sqlite3.connect(path)
    base.execute("create virtual table searched using fts5 (pairs, content='', tokenize='unicode61')")
    base.executemany("insert into searched (rowid, pairs) values (?, ?)", ((n, _pairs(text)) for n, text in texts))
    base.commit()

    def ask(text: str) -> int:
        phrases = " AND ".join(f'"{_pairs(word)}"' for word in words_of(text))
        (total,) = base.execute("select count(*) from searched where searched match ?", [phrases]).fetchone()
        base.execute(
            "select rowid from searched where searched match ? order by rowid desc limit 20", [phrases]
        ).fetchall()
        return int(total)

    return ask


def _pairs(text: str) -> str:
    """Pairs as words that a tokenizer keeps whole: each character by its number."""
    return " ".join(f"{ord(a):x}z{ord(b):x}" for a, b in itertools.pairwise(text))
