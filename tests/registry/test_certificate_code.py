"""The fifteen characters of a certificate, judged alone."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.exchange.bedrock import law
from tongqu.exchange.registry.ownership.certificate_code import (
    BadCertificateCode,
    CertificateCode,
    Series,
    parse,
)


def test_the_example_of_the_annex_reads_as_hubei_registrar_one_november_first() -> None:
    code = parse("SJ4212026110001")
    assert (code.series.region, code.series.registrar, code.series.year, code.series.month) == ("42", "1", 2026, 11)
    assert code.serial == 1
    assert code.national
    assert str(code) == "SJ4212026110001"


@given(
    st.sampled_from(["SJ", "YD"]), st.integers(0, 99), st.integers(0, 9), st.integers(2026, 2099), st.integers(1, 12),
    st.integers(1, 9_999),
)  # fmt: skip
def test_every_code_has_fifteen_characters_and_reads_back(
    prefix: str, region: int, registrar: int, year: int, month: int, serial: int
) -> None:
    code = CertificateCode(Series(prefix, f"{region:02d}", str(registrar), year, month), serial)
    assert len(str(code)) == 15
    assert parse(str(code)) == code


def test_a_national_code_fits_the_pattern_of_the_guideline_and_a_voucher_does_not() -> None:
    pattern = str(law.figure("prop35.certificate_code", on=date(2026, 11, 23)).value)
    assert re.fullmatch(pattern, "SJ4212026110001")
    assert not re.fullmatch(pattern, "YD4202026110001")
    assert not parse("YD4202026110001").national


@pytest.mark.parametrize(
    "text",
    ["", "SJ421202611000", "SJ42120261100011", "SJ4212026130001", "SJ4212026000001", "SJ4212026110000",
     "XX4212026110001", "sj4212026110001", "SJ4212026110001 ", "SJ421202611000A", "SJ４２１2026110001"],
)  # fmt: skip
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(BadCertificateCode):
        parse(text)


@pytest.mark.parametrize("serial", [0, 10_000])
def test_serials_run_from_one_to_9999(serial: int) -> None:
    with pytest.raises(BadCertificateCode):
        CertificateCode(Series("SJ", "42", "1", 2026, 11), serial)
