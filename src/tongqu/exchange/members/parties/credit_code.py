"""The unified social credit code (GB 32100-2015): 18 characters, the last of which checks the others. Pure.

Characters are the digits and the capital letters without I, O, S, V, Z. The check is 31 - (sum of value x 3^i mod 31
over the first 17) mod 31. Positions 3 to 8 are the division code of the registering authority, hence digits.
"""

from __future__ import annotations

from tongqu.exchange.bedrock.values import Words

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, i, 31) for i in range(LENGTH - 1))


class BadCreditCode(ValueError):
    """The code cannot be right. `code` says which fault it is; copy it again from the licence."""

    code = "credit-code"

    def __init__(self, fault: str, words: Words) -> None:
        self.fault, self.words = fault, words
        self.mend = Words("请对照营业执照或法人证书重新填写。", "Copy it again from the licence or certificate.")
        super().__init__(words.en)


def check_character(first: str) -> str:
    """The 18th character for the first 17, which must be of the alphabet."""
    total = sum(_VALUE[character] * weight for character, weight in zip(first, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def complete(first: str) -> str:
    """The whole code of 17 characters."""
    return first + check_character(first)


def checked(code: str) -> str:
    """The code in capitals and without blanks. Raises BadCreditCode: `length`, `character` or `check`."""
    code = "".join(code.split()).upper()
    if len(code) != LENGTH:
        raise BadCreditCode(
            "length",
            Words(
                f"统一社会信用代码应为 18 位，现为 {len(code)} 位",
                f"a unified social credit code has 18 characters, not {len(code)}",
            ),
        )
    for place, character in enumerate(code, start=1):
        if character not in _VALUE:
            raise BadCreditCode(
                "character",
                Words(
                    f"统一社会信用代码第 {place} 位“{character}”不可用：只用数字和除 I、O、S、V、Z 外的大写字母",
                    f"character {place} “{character}” is not used here: only digits and capitals without I, O, S, V, Z",
                ),
            )
        if 3 <= place <= 8 and not character.isdigit():
            raise BadCreditCode(
                "character",
                Words(
                    f"统一社会信用代码第 {place} 位“{character}”应为数字：第 3 至 8 位是行政区划码",
                    f"character {place} “{character}” must be a digit: 3 to 8 are the code of a division",
                ),
            )
    if check_character(code[:-1]) != code[-1]:
        raise BadCreditCode(
            "check",
            Words(
                f"统一社会信用代码的校验码不符：末位不是“{code[-1]}”，前 17 位中有误或末位有误",
                f"the check character does not fit: “{code[-1]}” does not belong to the first 17 characters",
            ),
        )
    return code


def division(code: str) -> str:
    """The division whose authority registered the organisation: of a department, the one that it belongs to."""
    return code[2:8]
