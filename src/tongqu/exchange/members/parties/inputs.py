"""What the acts of an admission ask for. No Django."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, OptionalDay, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties.credit_code import BadCreditCode, checked
from tongqu.exchange.members.roles import ORGANISATION_ROLES, Role


class Kind(Choice):
    DEPARTMENT = "department", "党政机关", "Department"
    PUBLIC_INSTITUTION = "public_institution", "事业单位", "Public institution"
    STATE_OWNED = "state_owned", "国有企业", "State-owned company"
    PRIVATE = "private", "民营企业", "Private company"
    FOREIGN = "foreign", "外资企业", "Foreign-invested company"
    SERVICE_BODY = "service_body", "第三方服务机构", "Service body"


class Check(Choice):
    """What art. 27 of the E-Commerce Law has a platform verify of those who sell on it."""

    IDENTITY = "identity", "身份（名称、信用代码、法定代表人）", "Identity (name, credit code, legal representative)"
    ADDRESS = "address", "地址", "Address"
    CONTACT = "contact", "联系方式", "Contact"
    LICENCE = "licence", "行政许可（没有的为“不需要”）", "Administrative licence (or that none is needed)"


class Method(Choice):
    DOCUMENT = "document", "核对证照", "Papers compared"
    REGISTRY = "registry", "向登记机关查询", "Asked the registry"
    IN_PERSON = "in_person", "当面核验", "In person"


class Relation(Choice):
    CONTROLLED_BY = "controlled_by", "本单位受其控制", "It controls this organisation"
    CONTROLS = "controls", "本单位控制其", "This organisation controls it"


class Basis(Choice):
    SHARES = "shares", "持股", "Shares"
    VOTES = "votes", "表决权", "Votes"
    AGREEMENT = "agreement", "协议", "Agreement"
    APPOINTMENT = "appointment", "任免董事或管理层", "Appoints the board or management"


def _credit_code(value: str) -> str:
    try:
        return checked(value)
    except BadCreditCode as fault:
        raise WordsError(fault.words.zh, fault.words.en) from fault


def _organisation_roles(roles: list[Role]) -> list[Role]:
    if len(set(roles)) != len(roles):
        raise WordsError("同一角色只能列一次", "name each role once")
    if Role.ADMINISTRATOR in roles:
        raise WordsError(
            "单位管理员是个人的授权，不是单位的角色",
            "administrator is a mandate of a person, not a role of an organisation",
        )
    return sorted(roles)


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


def _line(text: str) -> str:
    if not 2 <= len(text) <= 200:
        raise WordsError("每项 2 至 200 字", "each is 2 to 200 characters")
    return text


CreditCode = Annotated[str, AfterValidator(_credit_code)]
Roles = Annotated[list[Role], AfterValidator(_organisation_roles)]
Line = Annotated[str, AfterValidator(_line)]
OptionalNumber = Annotated[int | None, BeforeValidator(_blank_is_none)]
ROLE_CHOICES = {role.value: role.words for role in Role if role.value in ORGANISATION_ROLES}
PHONE = r"^\+?[0-9][0-9 -]{4,18}$"


class Application(Inputs):
    """Begin an admission: the organisation presents itself and names the roles it asks for."""

    name: str = ask("单位名称", "Name", min_length=2, max_length=100)
    short_name: str = ask("简称", "Short name", min_length=2, max_length=30)
    kind: Kind = ask("单位类型", "Kind")
    credit_code: CreditCode = ask("统一社会信用代码", "Unified social credit code", max_length=40)
    region: str = ask(
        "所在地",
        "Region",
        pattern=r"^[0-9]{6}$",
        widget="region",
        hint=Words("六位行政区划代码", "Six-digit division code"),
    )
    address: str = ask("地址", "Address", min_length=2, max_length=200)
    legal_representative: str = ask("法定代表人或负责人", "Legal representative", min_length=2, max_length=60)
    contact_name: str = ask("联系人", "Contact", min_length=2, max_length=60)
    contact_phone: str = ask("联系电话", "Telephone", pattern=PHONE)
    contact_email: str = ask("电子邮箱", "E-mail", default="", max_length=200, pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")
    licence: str = ask("行政许可", "Administrative licence", default="", max_length=200)
    licence_until_date: OptionalDay = ask("许可有效期至", "Licence valid until", default=None)
    roles: Roles = ask("申请角色", "Roles asked for", widget="checkboxes", choices=ROLE_CHOICES, min_length=1)
    papers: list[Paper] = ask("证明材料", "Papers", widget="papers", default=[], max_length=20)


class Items(Inputs):
    """What is missing, all at once: a second request for what could have been asked the first time is bad practice."""

    items: list[Line] = ask("需要补正的内容", "What is missing", widget="lines", min_length=1, max_length=20)


class Supplement(Inputs):
    """The applicant's answer; what is left empty stays as it was."""

    answer: str = ask("补正说明", "Answer", widget="textarea", min_length=2, max_length=1000)
    papers: list[Paper] = ask("补充材料", "Further papers", widget="papers", default=[], max_length=20)
    address: str = ask("地址", "Address", default="", max_length=200)
    legal_representative: str = ask("法定代表人或负责人", "Legal representative", default="", max_length=60)
    contact_name: str = ask("联系人", "Contact", default="", max_length=60)
    contact_phone: str = ask("联系电话", "Telephone", default="", pattern=rf"^$|{PHONE}")
    licence: str = ask("行政许可", "Administrative licence", default="", max_length=200)
    licence_until_date: OptionalDay = ask("许可有效期至", "Licence valid until", default=None)


class Identity(Inputs):
    """What was verified, how, and where that can be read again."""

    checks: list[Check] = ask("已核验", "Verified", widget="checkboxes", min_length=1)
    method: Method = ask("核验方式", "Method")
    reference: str = ask("核验依据或编号", "Reference", min_length=2, max_length=200)


class Admit(Identity):
    """Admission: the identity check and the roles granted (those asked for, when none are named)."""

    roles: Roles = ask("授予角色", "Roles granted", widget="checkboxes", choices=ROLE_CHOICES, default=[])


class Refuse(Inputs):
    reasons: list[Line] = ask("不予入场的理由", "Reasons", widget="lines", min_length=1, max_length=20)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class AskRoles(Inputs):
    roles: Roles = ask("申请角色", "Roles asked for", widget="checkboxes", choices=ROLE_CHOICES, min_length=1)
    reason: str = ask("说明", "Reason", default="", max_length=400)


class GrantRoles(Inputs):
    """The full set of roles from now on: what is not named is taken away."""

    roles: Roles = ask("角色（全部）", "Roles (all of them)", widget="checkboxes", choices=ROLE_CHOICES)
    reason: str = ask("理由", "Reason", min_length=2, max_length=400)


class DeclareControl(Inputs):
    """Who controls whom. The other side is named by its credit code; it need not be a member."""

    relation: Relation = ask("控制关系", "Relation")
    credit_code: CreditCode = ask("对方统一社会信用代码", "Credit code of the other", max_length=40)
    name: str = ask("对方名称", "Name of the other", min_length=2, max_length=100)
    basis: Basis = ask("控制方式", "By what")
    share_basis_points: OptionalNumber = ask(
        "持股比例（万分比）", "Share (basis points)", default=None, ge=1, le=10_000
    )
    since_date: date = ask("起始日期", "Since")

    @model_validator(mode="after")
    def _shares_have_a_size(self) -> DeclareControl:
        if (self.basis in (Basis.SHARES, Basis.VOTES)) != (self.share_basis_points is not None):
            raise WordsError(
                "持股或表决权须填写比例，其他方式不填", "shares and votes have a size, other ways have none"
            )
        return self


class EndControl(Inputs):
    control: int = ask("控制关系编号", "Number of the relation", ge=1)
    until_date: date = ask("终止日期", "Until")
    reason: str = ask("理由", "Reason", min_length=2, max_length=400)
