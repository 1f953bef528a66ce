"""The worker's part of a release: read the file, compare it with the catalogue, pass it on or return it with its faults."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.utils import timezone

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, perform
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.releases.checking import Verdict, check
from tongqu.exchange.registry.releases.models import Release
from tongqu.exchange.registry.releases.procedure import RELEASE


def run(release_id: int, *, now: Callable[[], datetime] = timezone.now) -> str:
    """The state it came to. Run twice, or by two, it is checked once."""
    row = Release.objects.get(pk=release_id)
    if row.state != "drafted":
        return row.state
    resource = catalogue.resource(row.resource_id)
    try:
        verdict = check(
            papers.content(row.sha256), row.format, {one.name: one.type for one in resource.elements},
            names_persons=resource.personal,
        )  # fmt: skip
        act, told = _outcome(verdict, refers=resource.kind == "government")
    except papers.LostPaper as lost:
        act, told = "return", {"faults": [_said(lost.words.zh, lost.words.en, lost.mend.zh, lost.mend.en)]}
    with suppress(NotNow):  # another was quicker, or its holder withdrew it meanwhile
        perform(RELEASE, act, release_id, by=HOUSE, at=now(), **told)
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
