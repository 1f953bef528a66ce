"""Serials of certificates: one statement, so two registrations at once can never get the same one."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import connection

from tongqu.exchange.bedrock.procedures import Shut, local_day, raise_alarms
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.ownership.certificate_code import NATIONAL, SERIAL_MAX, VOUCHER, CertificateCode, Series

_NEXT = """
insert into registry_serialseries (head, last) values (%s, 1)
on conflict (head) do update set last = registry_serialseries.last + 1 where registry_serialseries.last < %s
returning last
"""
# Registrars that are not in the national directory share one series of vouchers in each region.
_VOUCHER_DIGIT = "0"


class SerialsUsedUp(Shut):
    """All 9999 serials of the month are given. The certificate is issued in the next month, or under another digit."""

    code = "serials-used-up"

    def __init__(self, head: str) -> None:
        super().__init__(
            Words(f"{head} 本月顺序号 0001—9999 已用完", f"{head}: serials 0001–9999 of this month are used up"),
            Words("请于下月核发，或申请另一登记机构代码。", "Issue it next month, or obtain another registrar digit."),
        )


def listed_digit(registrar_code: str) -> str | None:
    """The registrar's digit in the national directory, by its unified credit code; None when it is not listed there."""
    digits: dict[str, str] = settings.NATIONAL_REGISTRARS
    return digits.get(registrar_code)


def series(digit: str | None, region: str, at: datetime) -> Series:
    """The series of a month. `digit` is the listed registrar's; None means vouchers. `region`: GB/T 2260."""
    day = local_day(at)
    if digit is None:
        return Series(VOUCHER, region[:2], _VOUCHER_DIGIT, day.year, day.month)
    return Series(NATIONAL, region[:2], digit, day.year, day.month)


def next_code(within: Series, at: datetime) -> CertificateCode:
    """The next free code; it waits for another certificate of the series. The last one raises an alarm.

    Raises SerialsUsedUp. A transaction that fails gives its serial back.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [within.head, SERIAL_MAX])
        row = cursor.fetchone()
    if row is None:
        raise SerialsUsedUp(within.head)
    code = CertificateCode(within, int(row[0]))
    if code.serial == SERIAL_MAX:
        words = SerialsUsedUp(within.head).words
        raise_alarms([("certificate-serials", f"certificate-serials/{within.head}", words)], at, "ownership")
    return code
