"""Sets a document as PDF/A-2b. The same template, data and moment give the same bytes on the same machine.

Data reaches the template as data (`sys.inputs.data`, JSON), never as text of it, so nothing in it can be a command.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

from tongqu.exchange.bedrock.values import Words

# A font comes with the house, so that every machine sets the same paper and needs nothing installed. It holds the
# characters of GBK; an operator whose members bear rarer ones names a folder with a larger font (TONGQU_FONTS).
FONTS = Path(__file__).parents[3] / "fonts"
# In the order of preference; any one of them holds the Chinese characters that official papers use.
FAMILIES = (
    "Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "Noto Sans CJK SC", "Source Han Sans SC",
    "Noto Sans SC", "FangSong", "SimSun", "Songti SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "AR PL UMing CN",
)  # fmt: skip


class NoFont(RuntimeError):
    """The house's own font folder is gone and no other was named. Restore it and try again; nothing is lost."""

    code = "no-font"
    words = Words("没有可用的中文字体，无法生成文件", "There is no Chinese font; the paper cannot be set")
    mend = Words(
        "请恢复安装包中的字体文件夹，或把字体文件夹写入 TONGQU_FONTS。",
        "Restore the fonts of the installation, or name a folder with fonts in TONGQU_FONTS.",
    )


@cache
def _fonts(folder: str) -> tuple[typst.Fonts, tuple[str, ...]]:
    """Scanning the fonts of a machine takes longer than setting a page: done once for each process."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[FONTS, *([Path(folder)] if folder else [])])
    known = set(fonts.families())
    return fonts, tuple(family for family in FAMILIES if family in known)


def typeset(template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """The PDF of a typst template; in it `data` is the dictionary and `families` the fonts. Raises NoFont.

    `at` is the document's own moment, written into its metadata.
    """
    fonts, families = _fonts(str(settings.FONTS_ROOT or ""))
    if not families:
        raise NoFont(NoFont.words.en)
    head = "#let data = json(bytes(sys.inputs.data))\n#let families = json(bytes(sys.inputs.families))\n"
    inputs = {"data": json.dumps(data, ensure_ascii=False), "families": json.dumps(families[:1], ensure_ascii=False)}
    pdf = typst.compile(
        (head + template).encode(), format="pdf", font_paths=fonts, sys_inputs=inputs, pdf_standards=["a-2b"],
        timestamp=at.astimezone(UTC).replace(microsecond=0),  # a PDF knows whole seconds only
    )  # fmt: skip
    return bytes(pdf)
