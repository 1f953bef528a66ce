"""Takes papers in and gives them out: size and kind checked on the way in, the hash on the way out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import BinaryIO

from django.conf import settings
from django.db import connection
from django.utils import timezone

from tongqu.exchange.bedrock.papers import kinds
from tongqu.exchange.bedrock.papers.models import PaperRow
from tongqu.exchange.bedrock.papers.store import Draft, FolderStore, Store
from tongqu.exchange.bedrock.values import Words


class BadPaper(ValueError):
    """The file is not taken: too large, empty, of an unknown kind, or not what it says. Nothing was kept."""

    def __init__(self, code: str, words: Words, mend: Words) -> None:
        self.code, self.words, self.mend = code, words, mend
        super().__init__(words.en)


class LostPaper(RuntimeError):
    """The content is missing or its hash no longer fits: the store was damaged. Restore it from a copy."""

    code = "paper-lost"

    def __init__(self, sha256: str, words: Words) -> None:
        self.sha256, self.words = sha256, words
        self.mend = Words("请从备份恢复文件夹。", "Restore the folder from a copy.")
        super().__init__(f"{sha256}: {words.en}")

    def alarm(self, at: datetime) -> tuple[str, str, Words]:
        """For those who watch over the house: once a day for each paper, until it is restored."""
        day, short = timezone.localtime(at).date(), self.sha256[:16]
        told = Words(
            f"存档{self.words.zh}（哈希 {short}…）：请从备份恢复",
            f"A paper on file: {self.words.en.lower()} (digest {short}…); restore it from a copy",
        )
        return self.code, f"{self.code}/{self.sha256}/{day}", told


@dataclass(frozen=True)
class Paper:
    """`size` in bytes; `sha256` lower-case hex."""

    sha256: str
    size: int
    media_type: str
    name: str
    kept_at: datetime
    kept_by: int | None


def _store() -> Store:
    return FolderStore(settings.PAPERS_ROOT)


def keep(
    content: bytes | Iterable[bytes],
    *,
    name: str,
    media_type: str | None = None,
    at: datetime,
    by: int | None,
    person: int | None = None,
    bytes_max: int | None = None,
) -> Paper:
    """Keeps a paper for a party; its kind is the one named, or the one its ending promises. Raises BadPaper.

    What a person hands in counts against that person's share of the day; what the house makes itself has no `person`.

    `bytes_max` is another limit than an upload's, for what the operator brings itself.

    `content` may be the chunks of an upload: they are bounded and written while they come, never held whole. An upload
    that breaks off leaves nothing. The same content is stored once.
    """
    kind = media_type or kinds.by_name(name) or ""
    if kind not in kinds.KINDS:
        raise BadPaper(
            "paper-kind",
            Words(f"不接受这种文件：{_plain_name(name)}", f"This kind of file is not taken: {_plain_name(name)}"),
            Words(
                "请上传 PDF、图片、CSV、Excel、JSON、文本或 ZIP。",
                "Upload PDF, an image, CSV, Excel, JSON, text or ZIP.",
            ),
        )
    with _store().draft() as draft:
        size = _write_bounded(
            draft, [content] if isinstance(content, bytes) else content, bytes_max or settings.PAPER_BYTES_MAX
        )
        if not size or not kinds.fits(kind, draft.file):
            raise BadPaper(
                "paper-content",
                Words(
                    f"文件内容与类型不符或为空：{_plain_name(name)}",
                    f"The content is empty or not what the name says: {_plain_name(name)}",
                ),
                Words("请检查文件能否打开，再重新上传。", "Check that the file opens, then upload it again."),
            )
        alone = person if by is None else None
        known = PaperRow.objects.filter(sha256=draft.sha256, kept_by=by, kept_by_person=alone)
        if person is not None and not known.exists():
            _count(person, timezone.localtime(at).date(), size)
        sha256 = draft.keep()
    row, _ = PaperRow.objects.get_or_create(
        sha256=sha256, kept_by=by, kept_by_person=alone,
        defaults={"size": size, "media_type": kind, "name": _plain_name(name), "kept_at": at},
    )  # fmt: skip
    return _paper(row)


def _plain_name(name: str) -> str:
    """The last part of the name, without what could lead elsewhere or break a header."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:200] or "paper"


def _write_bounded(draft: Draft, chunks: Iterable[bytes], most: int) -> int:
    """Writes the chunks; how many bytes they were. Stops at the first that is too many."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise BadPaper(
                "paper-size",
                Words(f"文件超过 {most // 1_000_000} MB", f"The file is larger than {most // 1_000_000} MB"),
                Words("请压缩或拆分后上传。", "Compress or split it."),
            )
        draft.write(chunk)
    return size


# In one statement, so that two uploads at once cannot both take the last of a share.
_COUNT = """
INSERT INTO bedrock_paper_day AS known (person, day, size)
SELECT %(person)s, %(day)s, %(size)s WHERE %(size)s <= %(most)s
ON CONFLICT (person, day) DO UPDATE SET size = known.size + excluded.size
    WHERE known.size + excluded.size <= %(most)s
RETURNING known.size
"""


def _count(person: int, day: date, size: int) -> None:
    """Raises BadPaper when it would be more than a person's share of a day."""
    most = settings.PAPER_BYTES_A_DAY
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"person": person, "day": day, "size": size, "most": most})
        counted = cursor.fetchone() is not None
    if not counted:
        raise BadPaper(
            "paper-budget",
            Words(
                f"今天提交的文件已达上限（每人每天 {most // 1_000_000} MB）",
                f"The files handed in today have reached the limit ({most // 1_000_000} MB for each person and day)",
            ),
            Words("请明天再提交，或联系运营机构调整。", "Go on tomorrow, or ask the operator for more."),
        )


def paper(sha256: str) -> Paper | None:
    """What is known of a paper, as it was first given."""
    row = PaperRow.objects.filter(sha256=sha256).order_by("pk").first()
    return _paper(row) if row else None


def paper_of(sha256: str, party: int | None, person: int | None = None) -> Paper | None:
    """A paper that this very party gave; or this very person, who had no party then. What nobody gave is nobody's."""
    if party is None and person is None:
        return None
    alone = person if party is None else None
    row = PaperRow.objects.filter(sha256=sha256, kept_by=party, kept_by_person=alone).first()
    return _paper(row) if row else None


def house_paper(sha256: str) -> Paper | None:
    """A paper that the house made itself, for who has judged already that the reader may open it."""
    row = PaperRow.objects.filter(sha256=sha256, kept_by=None, kept_by_person=None).first()
    return _paper(row) if row else None


def content(sha256: str) -> bytes:
    """The bytes, checked against their hash. Raises LostPaper."""
    try:
        found = _store().get(sha256)
    except FileNotFoundError as error:
        raise LostPaper(sha256, Words("文件缺失", "The file is missing")) from error
    if hashlib.sha256(found).hexdigest() != sha256:
        raise LostPaper(sha256, Words("文件内容与哈希不符", "The file no longer fits its hash"))
    return found


def opened(sha256: str) -> BinaryIO:
    """The file, for who reads pieces of it. Its hash is checked when this process first meets it as it lies there now.

    Raises LostPaper.
    """
    try:
        file = _store().open(sha256)
    except FileNotFoundError as error:
        raise LostPaper(sha256, Words("文件缺失", "The file is missing")) from error
    lies = os.fstat(file.fileno())
    if not _fits(sha256, lies.st_ino, lies.st_size, lies.st_mtime_ns):
        file.close()
        raise LostPaper(sha256, Words("文件内容与哈希不符", "The file no longer fits its hash"))
    return file


@lru_cache(maxsize=4_096)
def _fits(sha256: str, number: int, size: int, written_ns: int) -> bool:
    """Remembered for one file as it was last written."""
    with _store().open(sha256) as file:
        found = hashlib.sha256()
        while piece := file.read(1 << 20):
            found.update(piece)
    return found.hexdigest() == sha256


def audit() -> list[str]:
    """Every paper that is missing or changed, by hash."""
    faults = []
    for sha256 in PaperRow.objects.values_list("sha256", flat=True).distinct().iterator():
        try:
            content(sha256)
        except LostPaper as lost:
            faults.append(str(lost))
    return faults


def _paper(row: PaperRow) -> Paper:
    return Paper(row.sha256, row.size, row.media_type, row.name, row.kept_at, row.kept_by)
