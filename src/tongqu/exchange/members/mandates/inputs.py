"""What the acts on mandates and API keys ask for. No Django."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from tongqu.exchange.bedrock.inputs import Inputs, Moment, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.roles import ROLE_WORDS, Role


def _each_once(roles: list[Role]) -> list[Role]:
    if len(set(roles)) != len(roles):
        raise WordsError("同一角色只能列一次", "name each role once")
    return sorted(roles)


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


Roles = Annotated[list[Role], AfterValidator(_each_once)]
OptionalMoment = Annotated[Moment | None, BeforeValidator(_blank_is_none)]
OptionalNumber = Annotated[int | None, BeforeValidator(_blank_is_none)]


class Grant(Inputs):
    """Begin a mandate: who acts for the organisation, as what, from when until when."""

    person: int = ask("人员", "Person", widget="person", ge=1)
    roles: Roles = ask("角色", "Roles", widget="checkboxes", choices=ROLE_WORDS, min_length=1)
    since_at: OptionalMoment = ask(
        "生效时间", "In force from", default=None, hint=Words("不填为立即生效", "Empty means at once")
    )
    until_at: Moment = ask("终止时间", "Until", hint=Words("最长五年", "Five years at most"))
    organisation: OptionalNumber = ask(
        "单位", "Organisation", widget="organisation", default=None,
        hint=Words("只有交易场所管理员可为其他单位授权", "Only an exchange administrator grants for another"),
    )  # fmt: skip
    reason: str = ask("说明", "Reason", default="", max_length=400)


class Amend(Inputs):
    """Change the roles or the end of a mandate in force."""

    roles: Roles = ask("角色", "Roles", widget="checkboxes", choices=ROLE_WORDS, min_length=1)
    until_at: Moment = ask("终止时间", "Until")
    reason: str = ask("理由", "Reason", min_length=2, max_length=400)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=400)


class NewKey(Inputs):
    """Begin an API key. The secret itself never passes here: only its first characters and its hash do."""

    name: str = ask("名称", "Name", min_length=1, max_length=60)
    roles: Roles = ask("角色", "Roles", widget="checkboxes", choices=ROLE_WORDS, min_length=1)
    until_at: Moment = ask("终止时间", "Until", hint=Words("最长两年", "Two years at most"))
    prefix: str = ask("前缀", "Prefix", pattern=r"^tq_[0-9a-z]{10}$")
    digest: str = ask("摘要", "Hash", pattern=r"^[0-9a-f]{64}$")
