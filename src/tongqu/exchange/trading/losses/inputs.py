"""What a lost ground asks of its reviewer, and of those who appeal. No Django."""

from __future__ import annotations

from pydantic import Field

from tongqu.exchange.bedrock.inputs import Choice, Inputs, Moment, OptionalPaper, ask
from tongqu.exchange.bedrock.values import Words

GROUND = r"^(right|resource|grant|public|agreement):[1-9][0-9]{0,17}$"


class Cause(Choice):
    """Why a ground is lost."""

    REVOCATION = "revocation", "授权被收回", "The grant is revoked"
    SURRENDER = "surrender", "授权被交还", "The grant is given up"
    EXPIRY = "expiry", "授权期满", "The grant ends"
    RIGHT = "right", "产权登记终止", "The registered right ends"
    RESOURCE = "resource", "数据资源撤出目录", "The resource leaves the catalogue"
    PUBLIC = "public", "公共数据资源登记终止", "The registration of public data ends"
    AUTHORISATION = "authorisation", "授权运营终止", "The authorised operation ends"


class Lost(Inputs):
    """For the house: which ground, why, and from when."""

    ground: str = Field(pattern=GROUND, title="依据", description="Ground")
    cause: Cause = Field(title="原因", description="Cause")
    effective_at: Moment = Field(title="生效时间", description="Effective")


class Spared(Inputs):
    items: list[int] = ask(
        "不受影响的各项", "Lines that are not affected", widget="checkboxes", min_length=1, max_length=500
    )
    reason: str = ask("为什么不受影响", "Why not", widget="textarea", min_length=4, max_length=2000)


class Finding(Inputs):
    finding: str = ask(
        "核对意见", "Finding", widget="textarea", min_length=4, max_length=2000,
        hint=Words("核对所列产品、报价、合同和许可，及其依据的路径", "look at the products, offers, contracts and permits listed, and at the ways to them"),
    )  # fmt: skip


class Appeal(Inputs):
    text: str = ask("申诉意见", "Appeal", widget="textarea", min_length=4, max_length=2000)
    paper: OptionalPaper = ask("佐证材料", "Evidence", widget="paper", default=None)


class Decision(Inputs):
    appeal: int = ask("申诉", "Appeal", ge=1)
    upheld: bool = ask("申诉成立，该方的各项不受影响", "Uphold: that party's lines are spared", default=False)
    finding: str = ask("决定和理由", "Decision and reason", widget="textarea", min_length=4, max_length=2000)
