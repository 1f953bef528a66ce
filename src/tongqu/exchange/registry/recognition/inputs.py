"""What a recognised registrar's entry holds, and what is asked for when a certificate of its is brought here. No Django."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from pydantic import Field, field_validator, model_validator

from tongqu.exchange.bedrock.inputs import Inputs, OptionalPaper, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.attestation.base58 import public_of
from tongqu.exchange.registry.attestation.checking import BadCredential
from tongqu.exchange.registry.attestation.foreign import FIELDS, home
from tongqu.exchange.registry.ownership.inputs import Right

_METHOD = re.compile(r"[A-Za-z0-9._-]{1,60}")


def _a_key(public: str) -> str:
    try:
        public_of(public)
    except ValueError as error:
        raise WordsError("不是 Ed25519 公钥（z6Mk…）", "is no Ed25519 public key (z6Mk…)") from error
    return public


_BEHIND = Words("DID 文档中 # 之后的部分", "what stands behind # in its DID document")
_NEVER = Words("则此前的签名也不再采信", "then nothing it ever signed is believed")


class NewKey(Inputs):
    """A key as its DID document names it: the part behind `#`, the key, and the first day on which it signs."""

    method: str = ask("密钥名称", "Name of the key", min_length=1, max_length=60, hint=_BEHIND)
    public: str = ask(
        "公钥（Multikey）",
        "Public key (Multikey)",
        min_length=40,
        max_length=80,
        hint=Words("以 z6Mk 开头", "begins with z6Mk"),
    )
    since_date: date = ask("启用日", "In use from")

    @field_validator("method")
    @classmethod
    def _named(cls, method: str) -> str:
        if not _METHOD.fullmatch(method):
            raise WordsError("只用字母、数字、点、横线", "takes letters, digits, dots and hyphens")
        return method

    @field_validator("public")
    @classmethod
    def _key(cls, public: str) -> str:
        return _a_key(public)


class Recognised(Inputs):
    """Whom the supervisor recognises, and on what basis."""

    name: str = ask("登记机构名称", "Registrar's name", min_length=2, max_length=100)
    credit_code: str = ask("统一社会信用代码", "Unified social credit code", pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")
    did: str = ask("DID", "DID", min_length=9, max_length=300, hint=Words("did:web:域名", "did:web: and its host"))
    national: bool = ask("在全国登记机构名录内", "In the national directory of registrars", default=False)
    basis: str = ask("认可依据", "Basis of the recognition", min_length=4, max_length=300)

    @field_validator("did")
    @classmethod
    def _did(cls, did: str) -> str:
        try:
            home(did)
        except BadCredential as bad:
            raise WordsError("应为 did:web:域名", "must be did:web: and a host") from bad
        return did


class NewRegistrar(NewKey, Recognised):
    """Whom the supervisor recognises, on what basis, and the key by which its certificates are known."""

    fields: list[str] = ask(
        "该机构的用语（字段=地址）",
        "Its own words (field=address)",
        widget="lines",
        default_factory=list,
        max_length=20,
        hint=Words(
            f"与本规格相同的不填；字段：{'、'.join(FIELDS)}",
            f"blank where it is this profile; fields: {', '.join(FIELDS)}",
        ),
    )

    @field_validator("fields")
    @classmethod
    def _fields(cls, fields: list[str]) -> list[str]:
        for one in fields:
            name, sign, address = one.partition("=")
            if not sign or name not in FIELDS or ":" not in address:
                raise WordsError("应为 字段=地址", "must be field=address")
        return fields


class EndKey(Inputs):
    """A key signs no more after a day; one that was lost signed nothing that is believed."""

    method: str = ask("密钥名称", "Name of the key", min_length=1, max_length=60)
    until_date: date = ask("停用日（含）", "Last day of use")
    lost: bool = ask("密钥已泄露或丢失", "The key was lost or stolen", default=False, hint=_NEVER)
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)


class Brought(Inputs):
    """A certificate of another registrar: the file, or where its issuer shows it."""

    issuer: int = ask("签发机构", "Issued by", widget="recognised_registrar", ge=1)
    resource: int = ask("对应的数据资源（目录）", "The data it is about (catalogue entry)", widget="resource", ge=1)
    registrar: int = ask(
        "本地登记机构",
        "Registrar here",
        widget="registrar",
        ge=1,
        hint=Words("与本地登记有冲突时由其决定", "it decides where a right registered here stands against it"),
    )
    paper: OptionalPaper = ask("可验证凭证文件（.json）", "Verifiable credential (.json)", widget="paper", default=None)
    address: str = ask(
        "或凭证网址",
        "Or its address",
        default="",
        max_length=500,
        hint=Words("须在签发机构的网址之下", "it must lie under its issuer's own address"),
    )

    @model_validator(mode="after")
    def _one_source(self) -> Brought:
        if bool(self.paper) == bool(self.address):
            raise WordsError("凭证文件和网址填一项", "give either the file or its address")
        return self


class Said(Inputs):
    """What the house read in a certificate whose signature held, and what stands against it here."""

    paper: Paper = ask("凭证文件", "The certificate", widget="paper")
    code: str = Field(min_length=1, max_length=60, title="凭证编号", description="Code")
    said: dict[str, Any] = Field(title="凭证内容", description="What it says")
    rights: list[Right] = Field(title="权利类型", description="Rights", min_length=1)
    conflicts: list[dict[str, Any]] = Field(default_factory=list, title="冲突", description="What stands against it")


class Refused(Inputs):
    reasons: list[dict[str, str]] = Field(title="不予认可的理由", description="Reasons", min_length=1, max_length=10)


class Finding(Inputs):
    finding: str = ask("认定意见", "Finding", widget="textarea", min_length=4, max_length=2000)


class Entered(Inputs):
    registration: int = Field(title="登记", description="Registration", ge=1)


class Ended(Inputs):
    reason: str = Field(title="原因", description="Reason", max_length=500)
