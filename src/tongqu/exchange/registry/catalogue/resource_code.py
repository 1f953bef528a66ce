"""The code of a catalogue entry: 类 1 digit, 项 2, 目 3, 细目 none to 6, then the running number. Pure.

The lengths are those of the government catalogue guide (《政务信息资源目录编制指南（试行）》). The stroke between class
and number, and the number's six digits, are this house's own choice: both parts vary in length, so without a stroke no
code could be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tongqu.exchange.bedrock.values import Words

CLASS = r"[1-9][0-9]{5}[0-9]{0,6}"
NUMBER_MAX = 999_999
_CODE = re.compile(rf"({CLASS})/([0-9]{{6}})")
_CLASS = re.compile(CLASS)


class BadResourceCode(ValueError):
    """Not a catalogue code. Compare it with the entry's page."""

    code = "bad-resource-code"
    mend = Words("请核对目录代码，如 306012/000001。", "Check the catalogue code; one looks like 306012/000001.")

    def __init__(self, text: str) -> None:
        self.words = Words(f"“{text}”不是资源目录代码", f"“{text}” is not a catalogue code")
        super().__init__(self.words.en)


@dataclass(frozen=True)
class ResourceCode:
    """`class_code` names the class; `number` runs from 1 within it."""

    class_code: str
    number: int

    def __post_init__(self) -> None:
        if not _CLASS.fullmatch(self.class_code) or not 1 <= self.number <= NUMBER_MAX:
            raise BadResourceCode(f"{self.class_code}/{self.number}")

    def __str__(self) -> str:
        return f"{self.class_code}/{self.number:06d}"

    @property
    def parts(self) -> tuple[str, str, str, str]:
        """类, 项, 目, 细目; the last may be empty."""
        code = self.class_code
        return code[:1], code[1:3], code[3:6], code[6:]


def parse(text: str) -> ResourceCode:
    """Raises BadResourceCode."""
    found = _CODE.fullmatch(text)
    if found is None or int(found[2]) == 0:
        raise BadResourceCode(text)
    return ResourceCode(found[1], int(found[2]))
