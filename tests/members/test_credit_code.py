"""A credit code is copied by hand from a licence; the check character finds the slips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.members.parties.credit_code import ALPHABET, BadCreditCode

SAMPLE = "91350100M000100Y43"  # the example that the standard itself prints

CODES = st.builds(
    lambda head, region, body: credit_code.complete(head + region + body),
    st.text(ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
)


def fault(code: str) -> BadCreditCode:
    with pytest.raises(BadCreditCode) as caught:
        credit_code.checked(code)
    return caught.value


def test_the_standards_own_example_is_right() -> None:
    assert credit_code.checked(SAMPLE) == SAMPLE
    assert credit_code.check_character(SAMPLE[:17]) == "3"


def test_small_letters_and_blanks_are_how_people_write() -> None:
    assert credit_code.checked(" 91350100 m000100y43 ") == SAMPLE


@pytest.mark.parametrize("code", ["", SAMPLE[:-1], SAMPLE + "0"])
def test_a_wrong_length_is_called_a_wrong_length(code: str) -> None:
    found = fault(code)
    assert found.fault == "length"
    assert str(len(code)) in found.words.zh
    assert str(len(code)) in found.words.en


@pytest.mark.parametrize("letter", [*"IOSVZ", "-", "湖", "Ａ"])
def test_a_letter_the_standard_leaves_out_is_named_with_its_place(letter: str) -> None:
    found = fault(SAMPLE[:10] + letter + SAMPLE[11:])
    assert found.fault == "character"
    assert "第 11 位" in found.words.zh
    assert "character 11" in found.words.en


def test_the_division_code_inside_is_digits() -> None:
    found = fault(SAMPLE[:4] + "A" + SAMPLE[5:])
    assert found.fault == "character"
    assert "第 5 位" in found.words.zh


def test_a_wrong_check_character_is_called_that() -> None:
    found = fault(SAMPLE[:-1] + "4")
    assert found.fault == "check"
    assert "校验码" in found.words.zh
    assert "check character" in found.words.en


@given(CODES)
def test_a_completed_code_is_always_right(code: str) -> None:
    assert credit_code.checked(code) == code


@given(CODES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_changed_character_is_always_found(code: str, place: int, other: str) -> None:
    changed = code[:place] + other + code[place + 1 :]
    if changed == code:
        assert credit_code.checked(changed) == code
    else:
        assert fault(changed).fault in {"check", "character"}
