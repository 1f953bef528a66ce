"""The 15 characters of a certificate: prefix 2, region 2, registrar 1, year and month 6, serial 4. Pure.

`SJ` is the national code (PROP35 art. 27, annex 6; `SJ4212026110001` is Hubei, registrar 1, November 2026, the first).
Only a registrar in the national directory may give it. What this house gives without that standing is a
pre-registration voucher: the same layout under a prefix of its own, `YD` (预登), so that it can never be taken for a
national certificate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tongqu.exchange.bedrock.values import Words

NATIONAL, VOUCHER = "SJ", "YD"
SERIAL_MAX = 9_999
PATTERN = r"^(SJ|YD)[0-9]{2}[0-9](20[0-9]{2})(0[1-9]|1[0-2])([0-9]{4})$"
_CODE = re.compile(r"(SJ|YD)([0-9]{2})([0-9])(20[0-9]{2})(0[1-9]|1[0-2])([0-9]{4})")


class BadCertificateCode(ValueError):
    """Not a certificate code. Compare the fifteen characters with the certificate."""

    code = "bad-certificate-code"
    mend = Words("请核对凭证上的 15 位编号。", "Compare the fifteen characters with the certificate.")

    def __init__(self, text: str) -> None:
        self.words = Words(f"“{text}”不是凭证编号", f"“{text}” is not a certificate code")
        super().__init__(self.words.en)


@dataclass(frozen=True)
class Series:
    """Within which serials run from 0001: one registrar in one month. `region` is two digits, `registrar` one."""

    prefix: str
    region: str
    registrar: str
    year: int
    month: int

    def __post_init__(self) -> None:
        CertificateCode(self, 1)

    @property
    def head(self) -> str:
        """The eleven characters before the serial."""
        return f"{self.prefix}{self.region}{self.registrar}{self.year:04d}{self.month:02d}"


@dataclass(frozen=True)
class CertificateCode:
    """A series and a serial from 1 to 9999. Raises BadCertificateCode for anything else."""

    series: Series
    serial: int

    def __post_init__(self) -> None:
        text = f"{self.series.head}{self.serial:04d}"
        if not 1 <= self.serial <= SERIAL_MAX or not _CODE.fullmatch(text):
            raise BadCertificateCode(text)

    def __str__(self) -> str:
        return f"{self.series.head}{self.serial:04d}"

    @property
    def national(self) -> bool:
        """Whether it claims to be a certificate of the national scheme."""
        return self.series.prefix == NATIONAL


def parse(text: str) -> CertificateCode:
    """Exactly fifteen characters, no spaces. Raises BadCertificateCode."""
    found = _CODE.fullmatch(text)
    if found is None or found[6] == "0000":
        raise BadCertificateCode(text)
    return CertificateCode(Series(found[1], found[2], found[3], int(found[4]), int(found[5])), int(found[6]))
