"""What was declared and measured of an item, held against the standard of its element: findings to read, none that stops. Pure."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.catalogue.inputs import ItemType

# What a type of the standard also takes.
ALSO = {"number": {"whole"}, "text": {"whole", "number", "date", "moment", "flag"}}


@dataclass(frozen=True)
class Measured:
    """A column as its node measured it; None where nothing was, or it is withheld."""

    type: str = ""
    distinct: int | None = None
    minimum: str | None = None
    maximum: str | None = None
    length_max: int | None = None


def compare(
    *, type: str, length_max: int | None, codes: Collection[str], declared: str, measured: Measured
) -> list[Words]:
    """Each disagreement in a sentence; an empty list says that nothing disagrees as far as it was measured."""
    found: list[Words] = []
    if declared != type and declared not in ALSO.get(type, ()):
        found.append(_type("目录登记的类型", "The entry's type", declared, type))
    if measured.type and measured.type != type and measured.type not in ALSO.get(type, ()):
        found.append(_type("实测类型", "The measured type", measured.type, type))
    if length_max and measured.length_max is not None and measured.length_max > length_max:
        found.append(
            Words(
                f"实测最长 {measured.length_max} 字，标准最长 {length_max} 字",
                f"{measured.length_max} characters were measured, the standard allows {length_max}",
            )
        )
    return [*found, *_beyond_codes(codes, measured)] if codes else found


def _type(zh: str, en: str, has: str, wants: str) -> Words:
    one, other = ItemType(has).words, ItemType(wants).words
    return Words(
        f"{zh}是“{one.zh}”，标准是“{other.zh}”", f"{en} is {one.en.lower()}, the standard's {other.en.lower()}"
    )


def _beyond_codes(codes: Collection[str], measured: Measured) -> list[Words]:
    """Values are not told, only how many differ and between which numbers they lie: what is surely outside is said."""
    found = []
    if measured.distinct is not None and measured.distinct > len(codes):
        beyond = measured.distinct - len(codes)
        found.append(
            Words(
                f"实测有 {measured.distinct} 种取值，代码表只有 {len(codes)} 个：至少 {beyond} 种不在代码表内",
                f"{measured.distinct} values were measured, the list has {len(codes)}: at least {beyond} are outside it",
            )
        )
    numbers = [number for code in codes if (number := _number(code)) is not None]
    for extreme in (measured.minimum, measured.maximum) if len(numbers) == len(codes) else ():
        number = _number(extreme or "")
        if number is not None and not min(numbers) <= number <= max(numbers):
            found.append(Words(f"实测值 {extreme} 超出代码表", f"The measured value {extreme} is beyond the code list"))
    return found


def _number(text: str) -> Decimal | None:
    with suppress(InvalidOperation):
        number = Decimal(text)
        return number if number.is_finite() else None
    return None
