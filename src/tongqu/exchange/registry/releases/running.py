"""The worker's part of a release: read the file, compare it with the catalogue, pass it on or return it with its faults."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from django.db import OperationalError
from django.utils import timezone

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, perform, raise_alarms
from tongqu.exchange.bedrock.rows import alone
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.releases.checking import Verdict, check
from tongqu.exchange.registry.releases.models import Release
from tongqu.exchange.registry.releases.procedure import RELEASE

_LOCK = 0x72656C65
log = structlog.get_logger("releases")

_BEYOND_READING = {
    "zh": "文件无法核对：读取时出错", "en": "The file could not be checked: reading it failed",
    "mend_zh": "请另存后重新上传；仍不行的，请联系运营方。",
    "mend_en": "Save it anew and upload it again; if that fails too, ask the operator.",
}  # fmt: skip


def run(release_id: int, *, now: Callable[[], datetime] = timezone.now) -> str:
    """The state it came to. Run twice, or by two, it is checked once."""
    with alone(_LOCK, release_id) as mine:
        return _run(release_id, now) if mine else "drafted"


def _run(release_id: int, now: Callable[[], datetime]) -> str:
    row = Release.objects.get(pk=release_id)
    if row.state != "drafted":
        return row.state
    resource = catalogue.resource(row.resource_id)
    try:
        verdict = check(papers.content(row.sha256), row.format, {one.name: one.type for one in resource.elements})
        act, told = _outcome(verdict, refers=resource.kind == "government")
    except papers.LostPaper as lost:
        raise_alarms([lost.alarm(now())], now())
        act, told = "return", {"faults": [_said(lost.words.zh, lost.words.en, lost.mend.zh, lost.mend.en)]}
    except OperationalError:  # the database's trouble says nothing of the file: it is tried again
        raise
    except Exception:  # no file, whatever it holds, keeps the worker from the others
        log.exception("releases.unchecked", release=release_id)
        act, told = "return", {"faults": [_BEYOND_READING]}
    with suppress(NotNow):  # its holder withdrew it meanwhile, or put another file in its place
        perform(RELEASE, act, release_id, by=HOUSE, at=now(), sha256=row.sha256, **told)
    return str(Release.objects.values_list("state", flat=True).get(pk=release_id))


def left_unchecked() -> list[int]:
    """Releases that wait for the worker."""
    return list(Release.objects.filter(state="drafted").order_by("pk").values_list("pk", flat=True))


def _outcome(verdict: Verdict, *, refers: bool) -> tuple[str, dict[str, Any]]:
    if verdict.faults:
        said = [_said(one.words.zh, one.words.en, one.mend.zh, one.mend.en) for one in verdict.faults]
        return "return", {"faults": said}
    columns = [{"name": one.name, "type": one.type, "nulls": one.nulls} for one in verdict.columns]
    return "refer" if refers else "check", {"rows": verdict.rows, "columns": columns}


def _said(zh: str, en: str, mend_zh: str, mend_en: str) -> dict[str, str]:
    return {"zh": zh, "en": en, "mend_zh": mend_zh, "mend_en": mend_en}
