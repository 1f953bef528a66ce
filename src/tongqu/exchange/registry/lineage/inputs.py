"""What is said of a derived resource: the grounds it stands on, and the two questions of article 21(6). No Django."""

from __future__ import annotations

from pydantic import field_validator, model_validator

from tongqu.exchange.bedrock.inputs import Inputs, OptionalPaper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.lineage.grounds import PATTERN, ground

GROUNDS_MAX = 60


def _known(text: str) -> str:
    try:
        return str(ground(text))
    except ValueError:
        raise WordsError("授权运营协议须写明是哪一项资源", "of an agreement the resource is named, too") from None


class Named(Inputs):
    """One ground."""

    ground: str = ask("依据", "Ground", widget="lineage_ground", pattern=PATTERN)

    @field_validator("ground")
    @classmethod
    def _form(cls, text: str) -> str:
        return _known(text)


class Declared(Inputs):
    """A resource is derived: from what, on which grounds, and why it is a new one."""

    resource: int = ask(
        "衍生数据资源", "Derived resource", widget="resource", ge=1, head=Words("衍生数据", "Derived data")
    )
    grounds: list[Named] = ask(
        "依据", "Grounds", widget="rows", min_length=1, max_length=GROUNDS_MAX,
        hint=Words("同一来源可以列多项依据，有一项有效即可；不同来源各须有一项有效",
                   "one source may have several grounds, of which one must stand; each source needs one"),
    )  # fmt: skip
    contract_assigns: bool = ask(
        "合同约定衍生数据的权利归本方", "A contract assigns the derived data to you", default=False,
        head=Words("衍生数据两问（指引第二十一条第六项）", "Two questions (guideline, article 21(6))"),
    )  # fmt: skip
    contract: OptionalPaper = ask("约定权利归属的合同", "That contract", widget="paper", default=None)
    changed: str = ask(
        "内容、形式或结构有什么实质性变化", "What changed in substance: content, form or structure", widget="textarea",
        default="", max_length=2000,
    )  # fmt: skip
    valued: str = ask(
        "价值怎样显著提升", "How its value rose significantly", widget="textarea", default="", max_length=2000
    )
    method: str = ask("加工方法", "How it is made", widget="textarea", min_length=10, max_length=4000)

    @field_validator("grounds")
    @classmethod
    def _once(cls, named: list[Named]) -> list[Named]:
        if len({one.ground for one in named}) != len(named):
            raise WordsError("同一依据列了两次", "a ground is named twice")
        return named

    @model_validator(mode="after")
    def _contract_is_shown(self) -> Declared:
        if self.contract_assigns and self.contract is None:
            raise WordsError("请附约定权利归属的合同", "attach the contract that assigns the rights")
        return self


class Another(Inputs):
    """One more ground, for a source that it has or for a new one."""

    ground: str = ask("依据", "Ground", widget="lineage_ground", pattern=PATTERN)

    @field_validator("ground")
    @classmethod
    def _form(cls, text: str) -> str:
        return _known(text)


class Dropped(Inputs):
    edge: int = ask("依据", "Ground", ge=1)
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class Finding(Inputs):
    finding: str = ask("审查意见", "Finding", widget="textarea", min_length=4, max_length=2000)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=2000)
