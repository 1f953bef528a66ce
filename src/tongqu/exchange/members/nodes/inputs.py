"""What the acts on nodes ask for. No Django."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, model_validator

from tongqu.exchange.bedrock.inputs import Inputs, Moment, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.wire.measures import DeidentificationMeasured, QualityMeasured
from tongqu.wire.message import BadMessage, Message
from tongqu.wire.source import Profile, SourceDeclaration

ADDRESS = r"^$|^https?://[^\s/]+(/\S*)?$"


def _of_the_wire(kind: type[Message]) -> AfterValidator:
    """Shaped as the wire says; the message's own faults name the fields."""

    def check(value: Any) -> Any:
        try:
            kind.from_json(value)
        except BadMessage as bad:
            zh = "；".join(f"{fault.path} {fault.words.zh}" for fault in bad.faults)
            en = "; ".join(f"{fault.path}: {fault.words.en}" for fault in bad.faults)
            raise WordsError(zh, en) from bad
        return value

    return AfterValidator(check)


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


OptionalNumber = Annotated[int | None, BeforeValidator(_blank_is_none)]
_Declaration = Annotated[dict[str, Any], _of_the_wire(SourceDeclaration)]
_Quality = Annotated[dict[str, Any], _of_the_wire(QualityMeasured)]
_Deidentification = Annotated[dict[str, Any], _of_the_wire(DeidentificationMeasured)]
_Profile = Annotated[dict[str, Any], _of_the_wire(Profile)]


class Enrol(Inputs):
    """Begin a node. The enrolment key itself never passes here, only its hash does."""

    name: str = ask("节点名称", "Name", min_length=2, max_length=60)
    address: str = ask(
        "地址", "Address", default="", max_length=300, pattern=ADDRESS,
        hint=Words("买方访问节点的网址，可由节点登记后报告", "where buyers reach it; the node may tell it later"),
    )  # fmt: skip
    provider: OptionalNumber = ask(
        "数据提供方", "Provider", widget="organisation", default=None,
        hint=Words("交易场所可代提供方设节点", "The exchange may run a node for a provider"),
    )  # fmt: skip
    digest: str = ask("注册密钥摘要", "Hash of the enrolment key", pattern=r"^[0-9a-f]{64}$")
    until_at: Moment = ask("注册截止", "Enrol until")


class Renew(Inputs):
    """A fresh enrolment key: the first was lost or ran out, or the node stands on another machine now."""

    digest: str = ask("注册密钥摘要", "Hash of the enrolment key", pattern=r"^[0-9a-f]{64}$")
    until_at: Moment = ask("注册截止", "Enrol until")
    reason: str = ask("理由", "Reason", min_length=2, max_length=400)


class Registering(Inputs):
    """What the node itself brought, sealed with the key it names."""

    public_key: str = ask("公钥", "Public key", pattern=r"^[0-9a-f]{64}$")
    software: str = ask("软件版本", "Software", max_length=100)


class Rekeying(Inputs):
    """The key that a node announced under the seal of the one it had, and the digest of that announcement."""

    public_key: str = ask("新公钥", "New public key", pattern=r"^[0-9a-f]{64}$")
    announcement: str = ask("声明摘要", "Digest of the announcement", pattern=r"^[0-9a-f]{64}$")


class Declare(Inputs):
    """The node's sources as it declares them now; one that is not named is gone.

    Left out of the fact like a secret, for its size: the fact has the digest, the table the text.
    """

    sources: list[_Declaration] = ask("数据源", "Sources", max_length=1_000, secret=True)


class Measured(Inputs):
    """A profile measured at the node, in answer to a task. In the fact by its digest, for its size."""

    task: int = ask("任务", "Task", ge=1)
    profile: _Profile = ask("测量结果", "Profile", secret=True)


class Examined(Inputs):
    """What the node found when it was asked for more than a profile. In the fact by its digest, for its size."""

    task: int = ask("任务", "Task", ge=1)
    quality: _Quality | None = ask("质量测量结果", "Quality", secret=True, default=None)
    deidentification: _Deidentification | None = ask("去标识化测量结果", "De-identification", secret=True, default=None)

    @model_validator(mode="after")
    def _one(self) -> Examined:
        if (self.quality is None) == (self.deidentification is None):
            raise WordsError("须有且只有一项测量结果", "exactly one of the two is told")
        return self


class Failed(Inputs):
    """The node could not do what was asked."""

    task: int = ask("任务", "Task", ge=1)
    source: str = ask("对象", "Source or contract", max_length=100)
    fault: str = ask("原因", "Fault", min_length=1, max_length=100)


class Update(Inputs):
    name: str = ask("节点名称", "Name", min_length=2, max_length=60)
    address: str = ask("地址", "Address", default="", max_length=300, pattern=ADDRESS)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=400)
