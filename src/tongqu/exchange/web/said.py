"""How the house says dates, durations and small amounts, in Chinese and English. No Django."""

from __future__ import annotations

from datetime import date, datetime

from tongqu.exchange.bedrock.values import Words

WEEKDAYS_ZH = "一二三四五六日"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NEAR_DAYS = 60

UNITS: dict[str, tuple[Words, Words]] = {  # one, many
    "working_day": (Words("个工作日", "working day"), Words("个工作日", "working days")),
    "natural_day": (Words("日", "day"), Words("日", "days")),
    "day": (Words("日", "day"), Words("日", "days")),
    "month": (Words("个月", "month"), Words("个月", "months")),
    "year": (Words("年", "year"), Words("年", "years")),
    "hour": (Words("小时", "hour"), Words("小时", "hours")),
    "minute": (Words("分钟", "minute"), Words("分钟", "minutes")),
    "second": (Words("秒", "second"), Words("秒", "seconds")),
    "times": (Words("次", "time"), Words("次", "times")),
    "entry": (Words("条", "entry"), Words("条", "entries")),
    "matter": (Words("件", "matter"), Words("件", "matters")),
}


def day(value: date) -> str:
    return value.strftime("%Y-%m-%d")


def moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M")


def full(value: date) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S %Z").strip() if isinstance(value, datetime) else day(value)


def near(value: date, language: str) -> str:
    """Month, day and weekday, and the hour of a moment. The year is left out: for dates close to today."""
    clock = value.strftime(" %H:%M") if isinstance(value, datetime) else ""
    if language.startswith("en"):
        return f"{WEEKDAYS_EN[value.weekday()]} {value.day} {MONTHS_EN[value.month - 1]}{clock}"
    return f"{value.month}月{value.day}日（周{WEEKDAYS_ZH[value.weekday()]}）{clock.strip()}"


def when(value: date, today: date, language: str) -> str:
    """Near dates as people say them, others in full."""
    on = value.date() if isinstance(value, datetime) else value
    if abs((on - today).days) <= NEAR_DAYS:
        return near(value, language)
    return moment(value) if isinstance(value, datetime) else day(value)


def duration(amount: int, unit: str, language: str) -> str:
    """An amount in the law's unit. Raises KeyError for a unit the house has no words for."""
    one, many = UNITS[unit]
    return f"{amount:,} {(one if amount == 1 else many).of(language)}"


def micro_yuan(value: int) -> str:
    """A price per call: at least two decimals, at most six, no zeros behind."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    decimals = f"{value % 1_000_000:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}¥ {value // 1_000_000:,}.{decimals}"


def share(basis_points: int) -> str:
    whole, rest = divmod(basis_points, 100)
    return f"{whole}%" if rest == 0 else f"{whole}.{rest:02d}".rstrip("0") + "%"


def short(digest: str, keep: int = 4) -> str:
    return digest if len(digest) <= 2 * keep + 1 else f"{digest[:keep]}…{digest[-keep:]}"
