"""The three methods as exact arithmetic: fractions of whole fen, rounded once, half up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.registry.assets.factors import CostValue, Income, IncomeValue, MarketValue, Year


@dataclass(frozen=True)
class Step:
    """One line of the working: what it is, how it is written, what came of it."""

    words: Words
    formula: str
    result: str

    def plain(self) -> dict[str, str]:
        return {"zh": self.words.zh, "en": self.words.en, "formula": self.formula, "result": self.result}


@dataclass(frozen=True)
class Worked:
    exact: Fraction
    steps: tuple[Step, ...]

    @property
    def fen(self) -> int:
        return rounded(self.exact)


def rounded(exact: Fraction) -> int:
    """Half a fen goes up. A value below zero is told as it is, mirrored."""
    sign = -1 if exact < 0 else 1
    return sign * ((abs(exact.numerator) * 2 + exact.denominator) // (2 * exact.denominator))


def told(exact: Fraction, places: int = 6) -> str:
    """The yuan of an exact number of fen for a reader: to the fen, and to so many places where there is more."""
    with localcontext() as context:
        context.prec = 60
        value = Decimal(exact.numerator) / Decimal(exact.denominator) / 100
        whole, _, part = f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,}".partition(".")
    return f"¥ {whole}.{part.rstrip('0').ljust(2, '0')}"


def by_cost(asked: CostValue) -> Worked:
    replacement = sum(one.amount_fen for one in asked.components)
    delta = Fraction(asked.delta)
    exact = replacement * delta
    parts = " + ".join(yuan(one.amount_fen) for one in asked.components)
    return Worked(exact, (
        Step(Words("重置成本 C", "Replacement cost C"), parts, yuan(replacement)),
        Step(Words("价值 P = C × δ", "Value P = C × δ"), f"{yuan(replacement)} × {asked.delta}", told(exact)),
    ))  # fmt: skip


def income_of(kind: Income, year: Year) -> Fraction:
    """F_t of a year: what of its income the data brings."""
    income = Fraction(year.income_fen)
    match kind:
        case Income.SHARE:
            return income * Fraction(year.share) / 100
        case Income.EXCESS:
            return income - year.others_fen
        case Income.INCREMENT:
            return income - year.without_fen
        case _:
            return income


def _written(kind: Income, year: Year) -> str:
    income = yuan(year.income_fen)
    match kind:
        case Income.SHARE:
            return f"{income} × {year.share}%"
        case Income.EXCESS:
            return f"{income} − {yuan(year.others_fen)}"
        case Income.INCREMENT:
            return f"{income} − {yuan(year.without_fen)}"
        case _:
            return income


def by_income(asked: IncomeValue) -> Worked:
    growth = 1 + Fraction(asked.rate) / 100
    total, steps = Fraction(0), []
    for number, year in enumerate(asked.years, 1):
        present = income_of(asked.kind, year) / growth**number
        total += present
        steps.append(Step(
            Words(f"第 {number} 年现值", f"Year {number}, present value"),
            f"({_written(asked.kind, year)}) ÷ (1 + {asked.rate}%)^{number}", told(present),
        ))  # fmt: skip
    steps.append(Step(Words("价值 P = ΣF_t ÷ (1+i)^t", "Value P = ΣF_t ÷ (1+i)^t"), "Σ", told(total)))
    return Worked(total, tuple(steps))


def by_market(asked: MarketValue, prices_fen: Mapping[int, int]) -> Worked:
    """`prices_fen`: what each comparable trade was billed at, by the number of its invoice."""
    total, steps = Fraction(0), []
    for one in asked.comparables:
        factors = (one.quality, one.demand, one.moment, one.volume, one.other)
        price = prices_fen[one.invoice]
        part = Fraction(price)
        for factor in factors:
            part *= Fraction(factor)
        total += part
        steps.append(Step(
            Words(f"可比成交 {one.invoice}", f"Comparable {one.invoice}"), " × ".join([yuan(price), *factors]), told(part)
        ))  # fmt: skip
    steps.append(Step(Words("价值 P = ΣQ·X1·X2·X3·X4·X5", "Value P = ΣQ·X1·X2·X3·X4·X5"), "Σ", told(total)))
    return Worked(total, tuple(steps))
