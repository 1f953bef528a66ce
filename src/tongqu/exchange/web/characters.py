"""The one character that no answer to a question can hold: U+0000, which the database keeps nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse

from tongqu.exchange.web import errors

NUL = "\x00"
# These declare what they take and name the field that is wrong; forms and addresses of pages have nothing so strict.
DECLARED = ("/api/", "/wire/")


def without_nul(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuses it once for every page, wherever it stands: address, question, form, name of a file, cookie."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if any(NUL in text for text in _texts(request)):
            return errors.page(request, errors.NUL)
        return answer(request)

    return middleware


def _texts(request: HttpRequest) -> Iterator[str]:
    yield from request.COOKIES.values()
    if request.path.startswith(DECLARED):
        return
    yield request.path
    for query in (request.GET, request.POST):
        for name, values in query.lists():
            yield name
            yield from values
