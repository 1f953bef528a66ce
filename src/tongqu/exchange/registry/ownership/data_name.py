"""The name of registered data: 时间+地域+行业+内容+数据类型, one after the other. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DataName:
    """Five parts (PROP35 art. 19, annex 1); `text` is the name. Its length is counted in characters, not bytes."""

    time: str
    region: str
    industry: str
    content: str
    data_type: str

    @property
    def text(self) -> str:
        return f"{self.time}{self.region}{self.industry}{self.content}{self.data_type}"

    def __len__(self) -> int:
        return len(self.text)
