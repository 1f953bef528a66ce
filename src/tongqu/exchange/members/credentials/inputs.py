"""What the acts on signature keys ask for. No Django."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, WordsError, ask
from tongqu.exchange.bedrock.values import Words


class Keeper(Choice):
    PARTY = "party", "自行保管", "Kept by the party"
    EXCHANGE = "exchange", "交易场所加密保管", "Kept sealed by the exchange"


def _base64_of(length: int) -> AfterValidator:
    def check(value: str) -> str:
        try:
            found = len(base64.b64decode(value, validate=True))
        except (binascii.Error, ValueError) as error:
            raise WordsError("应为 Base64 文本", "must be base64 text") from error
        if value and found != length:
            raise WordsError(f"应为 {length} 字节，现为 {found} 字节", f"must be {length} bytes, not {found}")
        return value

    return AfterValidator(check)


class Register(Inputs):
    """Begin a signature key. An own key comes with its public half and a proof; a kept one with neither."""

    keeper: Keeper = ask("保管方式", "Kept by")
    name: str = ask("名称", "Name", default="", max_length=60)
    public: Annotated[str, _base64_of(32)] = ask(
        "公钥",
        "Public key",
        default="",
        max_length=60,
        hint=Words("Ed25519 公钥，Base64", "Ed25519 public key, base64"),
    )
    proof: Annotated[str, _base64_of(64)] = ask(
        "持有证明", "Proof of possession", default="", max_length=120,
        hint=Words("用私钥对指定文本的签名，Base64", "signature of the stated text by the private key, base64"),
    )  # fmt: skip

    @model_validator(mode="after")
    def _own_key_is_shown(self) -> Register:
        own = self.keeper is Keeper.PARTY
        if own != bool(self.public) or own != bool(self.proof):
            raise WordsError(
                "自持密钥须同时提供公钥和持有证明，由交易场所保管的不提供",
                "an own key comes with its public half and the proof, a kept one with neither",
            )
        return self


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=400)
