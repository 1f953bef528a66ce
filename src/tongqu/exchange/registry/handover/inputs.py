"""What taking a bundle over asks for, and what binding a registration of it to an entry here asks for. No Django."""

from __future__ import annotations

from pydantic import Field, field_validator

from tongqu.exchange.bedrock.inputs import Inputs, Moment, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.attestation.base58 import public_of


class Taken(Inputs):
    """The bundle, and the key under which its registrar is known: told by the supervisor, never read from the bundle."""

    file: Paper = ask("移交包（.zip）", "The bundle (.zip)", widget="paper")
    public: str = ask(
        "移交机构的公钥（Multikey）", "Public key of who hands over (Multikey)", min_length=40, max_length=80,
        hint=Words("由监管部门或移交机构另行告知，不从包内读取", "told by the supervisor or by who hands over, never read from the bundle"),
    )  # fmt: skip

    @field_validator("public")
    @classmethod
    def _key(cls, public: str) -> str:
        try:
            public_of(public)
        except ValueError as error:
            raise WordsError("不是 Ed25519 公钥（z6Mk…）", "is no Ed25519 public key (z6Mk…)") from error
        return public


class Failed(Inputs):
    """Where the bundle is not what was signed."""

    part: str = Field(max_length=200, title="部分", description="Part")
    line: int | None = Field(default=None, title="行", description="Line")
    zh: str = Field(max_length=500, title="情况", description="What")
    en: str = Field(max_length=500, title="英文", description="In English")


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)


class Living(Inputs):
    """A registration in force, from its record."""

    take_over: int = Field(ge=1, title="接收", description="Take-over")
    record: int = Field(ge=1, title="记录", description="Record")
    holder_code: str = Field(max_length=18, title="权利人代码", description="Holder's code")
    holder_name: str = Field(max_length=100, title="权利人", description="Holder")
    holder: int | None = Field(default=None, title="权利人", description="Holder")
    name: str = Field(max_length=40, title="数据名称", description="Data")
    code: str = Field(max_length=15, title="凭证编号", description="Code")
    valid_to_at: Moment = Field(title="有效期至", description="Valid to")
    resource_name: str = Field(max_length=100, title="目录名称", description="Catalogue entry")


class Named(Inputs):
    holder: int = Field(ge=1, title="权利人", description="Holder")


class Bind(Inputs):
    resource: int = ask("本所目录中的数据资源", "Catalogue entry here", widget="resource", ge=1)


class Done(Inputs):
    registration: int = Field(ge=1, title="登记", description="Registration")
