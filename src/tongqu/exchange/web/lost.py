"""A paper whose bytes are gone or damaged: every door answers 503 with one code, and those who watch the house are told."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import raise_alarms
from tongqu.exchange.web import errors

log = structlog.get_logger("papers")


def tell(lost: papers.LostPaper) -> None:
    """To be called outside of a transaction that will be undone."""
    log.error("papers.lost", sha256=lost.sha256, why=lost.words.en)
    at = timezone.now()
    raise_alarms([lost.alarm(at)], at)


class Doors:
    """Whatever page met the loss: what was begun there has been undone by the time it is told here."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, papers.LostPaper):
            return None
        tell(exception)
        return errors.page(request, errors.PAPER_LOST)
