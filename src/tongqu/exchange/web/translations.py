"""The English of the templates: what needs it, what lacks it, and the catalogue Django reads. No GNU gettext needed.

python -m tongqu.exchange.web.translations            writes the .mo files (make setup)
python -m tongqu.exchange.web.translations update     adds sentences new in the templates to the .po, drops those gone
python -m tongqu.exchange.web.translations missing    names sentences without English; exit 1 when there are any
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import extract, mofile, pofile
from babel.messages.catalog import Catalog

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"
LOCALE = HERE / "locale"
ENGLISH = LOCALE / "en" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "_": None, "gettext": None, "gettext_noop": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip

Message = str | tuple[str, ...]


def messages(folder: Path = TEMPLATES) -> dict[Message, list[str]]:
    """Every sentence that a template translates, with the templates it stands in."""
    found: dict[Message, list[str]] = {}
    for path in sorted(folder.rglob("*.html")):
        for message in _of(path):
            found.setdefault(message, []).append(path.relative_to(folder).as_posix())
    return found


def _of(path: Path) -> Iterator[Message]:
    from django.utils.translation.template import templatize

    source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    for _, message, _, _ in extract.extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        yield tuple(m for m in message if m) if isinstance(message, tuple) else message


def catalogue(path: Path = ENGLISH) -> Catalog:
    with path.open("rb") as file:
        return pofile.read_po(file, locale="en")


def missing() -> dict[Message, list[str]]:
    """Sentences without English, and where they stand."""
    known = {m.id if isinstance(m.id, str) else tuple(m.id) for m in catalogue() if m.id and m.string and not m.fuzzy}
    return {message: where for message, where in messages().items() if message not in known}


def update() -> int:
    """Brings the .po to the sentences of the templates; answers how many lack English."""
    before, after = (
        catalogue(),
        Catalog(locale="en", header_comment="# English of the pages. Sentences come from the templates."),
    )
    for message, where in messages().items():
        old = before.get(message)
        after.add(message, string=old.string if old else None, locations=[(place, 0) for place in sorted(set(where))])
    with ENGLISH.open("wb") as file:
        pofile.write_po(file, after, width=120, include_lineno=False, omit_header=False)
    return len(missing())


def build() -> list[Path]:
    """Writes a .mo beside each .po and answers their paths."""
    built = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        half = target.with_suffix(f".{os.getpid()}")
        with half.open("wb") as file:
            mofile.write_mo(file, catalogue(source))
        half.replace(target)  # whoever reads meanwhile reads the one before
        built.append(target)
    return built


def main(words: list[str]) -> int:
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    match words:
        case []:
            build()
            return 0
        case ["update"]:
            update()
        case ["missing"]:
            pass
        case _:
            sys.stderr.write(__doc__ or "")
            return 2
    lacking = missing()
    for message, where in lacking.items():
        sys.stdout.write(f"{message}  ({', '.join(where)})\n")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
