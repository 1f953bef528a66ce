"""How long do 1,000,000 consents take: referred to at the node, handed in, and told to the node?

Ours: the three steps as they are done, each by itself: the node turns its list into salted references, the exchange takes the file
in (checked line by line, judged by what stands, written with a number each), the node pulls the whole set and sorts it. The peer of
the second: COPY of the same rows into a table without key or index, on the same server. Handed in once more nothing is added.
"""

from __future__ import annotations

import csv
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import server
from bench.figures import Figure, Report

COUNT = 1_000_000
LIMIT_SECONDS = 300.0
SALT = b"a salt that stays at the node"
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def measure(count: int = COUNT) -> Report:
    with server.fresh(), tempfile.TemporaryDirectory() as folder:
        from django.core.management import call_command
        from django.db import connection

        from tongqu.exchange.bedrock import keys
        from tongqu.exchange.registry import consent

        call_command("migrate", interactive=False, verbosity=0)
        for name in ("log", "permits", "signatures"):
            keys.ensure(name)
        notice, node = _market()
        referred = _referred(Path(folder), notice, count)
        first, again = (_handed_in(Path(folder), node, count) for _ in range(2))
        assert (first[1].given, again[1].given, again[1].same) == (count, 0, count), (first[1], again[1])
        with connection.cursor() as cursor:
            copied = _copied(cursor)
        told, held = _told(Path(folder), node, consent)
        assert held == count
        rows = [
            ("referred at the node", f"{referred:.1f}"), ("handed in", f"{first[0]:.1f}"),
            ("handed in again", f"{again[0]:.1f}"), ("bare COPY", f"{copied:.1f}"), ("told and sorted", f"{told:.1f}"),
        ]  # fmt: skip
        whole = referred + first[0] + told
        figures = [
            Figure("consents_bulk", count / first[0], "bare COPY", count / copied, copied / first[0], "1/s", 1),
            Figure("consents_whole", whole, "the limit of 300 s", LIMIT_SECONDS, LIMIT_SECONDS / whole, "s", 1),
        ]
        return Report("consents", f"{__doc__}".split("\n\n")[0], ("step", "seconds"), rows, figures,
                      [f"{count:,} consents; from the list to the node's answer {whole:.1f} s of 300 s."])  # fmt: skip


def _market() -> tuple[int, int]:
    from tongqu.exchange.members.models import Node, Organisation, Person
    from tongqu.exchange.registry.models import ConsentNotice

    person = Person.objects.create(username="bench", full_name="bench")
    made = [
        Organisation.objects.create(
            state="admitted", begun_at=NOON, changed_at=NOON, name=name, short_name=name, kind="private", credit_code=code,
            region="420100", address="", legal_representative="", contact_name="", contact_phone="", asked_roles=[], roles=[],
            applicant=person, verified_at=NOON, verify_by_at=NOON + timedelta(days=365),
        )
        for name, code in (("provider", "91420100MA0000001A"), ("receiver", "91420100MA0000002B"))
    ]  # fmt: skip
    node = Node.objects.create(
        state="active",
        begun_at=NOON,
        changed_at=NOON,
        provider=made[0],
        name="node",
        public_key="0" * 64,
        registered_at=NOON,
    )
    notice = ConsentNotice.objects.create(
        state="published", begun_at=NOON, changed_at=NOON, provider=made[0], receiver=made[1], node=node, source="power",
        name="bench", series=1, version=1, basis=1, purposes=["research"], purpose_text="", method="", kinds=["identity"],
        retention="", contact="", rights_way="", essence="0" * 64, digest="0" * 64, published_at=NOON,
    )  # fmt: skip
    ConsentNotice.objects.filter(pk=notice.pk).update(basis=notice.pk, series=notice.pk)
    return notice.pk, node.pk


def _referred(folder: Path, notice: int, count: int) -> float:
    from tongqu.node.consents.referring import refer

    people = folder / "people.csv"
    with people.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["key", "notice", "what", "form", "at", "channel"])
        writer.writerows(
            [f"{number:018d}", notice, "given", "separate", NOON.isoformat(), "asked"] for number in range(count)
        )
    began = time.perf_counter()
    assert refer(people, folder / "references.zip", "power", SALT).lines == count
    return time.perf_counter() - began


def _handed_in(folder: Path, node: int, count: int) -> tuple[float, Any]:
    from tongqu.exchange.bedrock import papers
    from tongqu.exchange.registry import consent
    from tongqu.exchange.registry.models import ConsentBatch, ConsentNotice

    provider = ConsentNotice.objects.get().provider
    content = (folder / "references.zip").read_bytes()
    kept = papers.keep(content, name="references.zip", at=NOON, by=provider.pk, person=None).sha256
    made = ConsentBatch.objects.create(
        state="running", begun_at=NOON, changed_at=NOON, provider=provider, node_id=node, file=kept, name="bench"
    ).pk
    began = time.perf_counter()
    assert consent.run(made, now=lambda: NOON) == "finished"
    row = ConsentBatch.objects.get(pk=made)
    assert row.lines == count
    return time.perf_counter() - began, row


def _copied(cursor: Any) -> float:
    cursor.execute("create table bare (like registry_consent_fact)")
    began = time.perf_counter()
    with cursor.copy("copy registry_consent_fact to stdout") as out:
        rows = [bytes(block) for block in out]
    read = time.perf_counter() - began
    began = time.perf_counter()
    with cursor.copy("copy bare from stdin") as into:
        for block in rows:
            into.write(block)
    assert read > 0
    return time.perf_counter() - began


def _told(folder: Path, node: int, consent: Any) -> tuple[float, int]:
    """The whole set, page after page, written and read as messages of the wire."""
    from tongqu.node.consents import ConsentStore
    from tongqu.wire.consents import ConsentPart

    store, more = ConsentStore(folder / "consents"), True
    began = time.perf_counter()
    while more:
        part = consent.part_for(node, store.cursor, at=NOON)
        more = store.take(ConsentPart.from_json(part.to_json()), NOON)
    return time.perf_counter() - began, store.count()


if __name__ == "__main__":
    measure().show()
