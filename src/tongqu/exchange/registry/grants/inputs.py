"""What a grant asks for, and what ends one; the two-way form that fills both directions at once. No Django."""

from __future__ import annotations

from datetime import date

from pydantic import Field, field_validator, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Fen, Inputs, OptionalPaper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.catalogue.purposes import Purpose
from tongqu.wire.constraints import REGION

GROUND = r"^(right|resource|grant):[1-9][0-9]{0,17}$"
DEPTH_MAX = 5


REASON_CHARS_MAX = 2_000


class Kind(Choice):
    USE = "use", "使用权", "Use"
    OPERATION = "operation", "经营权", "Operation"


class RevocationGround(Choice):
    BREACH = "breach", "被授权方违反约定", "The grantee broke the terms"
    AGREED = "agreed", "约定的收回情形发生", "What was agreed as a ground has happened"
    LAW = "law", "法律法规规定应当收回", "A law requires it"
    GROUND_GONE = "ground_gone", "授权方自己的权利将终止", "The grantor's own right ends"


def each_once(names: list[str]) -> list[str]:
    if any(not 1 <= len(name) <= 200 for name in names):
        raise WordsError("每项 1 至 200 字", "each is 1 to 200 characters")
    if len(set(names)) != len(names):
        raise WordsError("有重复的项", "one is named twice")
    return names


def divisions(codes: list[str]) -> list[str]:
    if not all(REGION.fullmatch(code) for code in codes):
        raise WordsError("每行一个六位行政区划代码", "one six-digit division code a line")
    return list(dict.fromkeys(codes))


class Terms(Inputs):
    """How far a grant reaches: what, for what, where, from when until when, how often passed on."""

    purposes: list[Purpose] = ask("用途", "Purposes", widget="checkboxes", min_length=1, head=Words("范围", "Scope"))
    regions: list[str] = ask(
        "地域", "Regions", widget="regions", default_factory=list, max_length=20,
        hint=Words("可以选多个，最多 20 个；不选则不限", "Several may be ticked, twenty at most; none is no limit"),
    )  # fmt: skip
    starts_date: date = ask("自", "From", head=Words("期限", "Term"))
    until_date: date = ask("至（含当日）", "Until, that day included")
    notice_days: int = ask(
        "收回前的通知期（自然日）", "Notice before revocation, in natural days", unit="day", ge=1, le=365, default=30
    )
    revocation: str = ask(
        "约定的收回情形", "When it may be revoked", widget="textarea", min_length=4, max_length=2000,
        hint=Words("违约和法律规定的情形之外，约定了什么就只能因什么收回",
                   "besides breach and law, it may be revoked for nothing but what stands here"),
    )  # fmt: skip

    @field_validator("regions")
    @classmethod
    def _divisions(cls, codes: list[str]) -> list[str]:
        return divisions(codes)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Terms:
        if self.until_date < self.starts_date:
            raise WordsError("止日早于起日", "it ends before it begins")
        return self


class Given(Inputs):
    """Whom it goes to, what it stands on, and what it gives: asked before the terms."""

    grantee: int = ask("被授权方", "Grantee", widget="party", ge=1, head=Words("授权", "The grant"))
    ground: str = ask(
        "授权依据", "What it stands on", widget="grant_ground", pattern=GROUND,
        hint=Words("登记的权利、自有的目录资源，或可以再授权的授权",
                   "a registered right, an own resource, or a grant that may be passed on"),
    )  # fmt: skip
    kind: Kind = ask("授予的权利", "Right granted")
    fields: list[str] = ask(
        "信息项", "Elements", widget="elements", default_factory=list, max_length=200,
        hint=Words("目录中的信息项；不选为全部信息项", "as in the catalogue; none is all of them"),
    )  # fmt: skip

    @field_validator("fields")
    @classmethod
    def _fields_once(cls, names: list[str]) -> list[str]:
        return each_once(names)


class Offer(Terms, Given):
    """An offer of a grant, by whoever holds the right it stands on."""

    depth: int = ask(
        "可以再授权的层数", "May be passed on, times", ge=0, le=DEPTH_MAX, default=0, head=Words("条件", "Conditions"),
        hint=Words("0 为不得再授权", "0: it may not be passed on"),
    )  # fmt: skip
    exclusive: bool = ask("排他", "Exclusive", default=False)
    derives: bool = ask("可以形成衍生数据产品并对外提供", "Derived products may be made and offered", default=False)
    fee: str = ask("费用", "Fees", widget="textarea", min_length=2, max_length=1000)


class Side(Inputs):
    """For the house: one direction of a two-way grant that both have agreed to."""

    pair: int = Field(ge=1, title="双向授权", description="Two-way grant")
    side: str = Field(pattern="^(gives|receives)$", title="方向", description="Direction")


class Sides(Inputs):
    """Who grants what to whom, asked once for each direction and before the terms."""

    other: int = ask("对方", "The other side", widget="party", ge=1, head=Words("双方", "Both sides"))
    small_is_other: bool = ask(
        "对方是中小微企业（否则为本方）", "The other side is the smaller firm (else your own)", default=True
    )
    gives_ground: str = ask(
        "本方授出：依据", "You give: what it stands on", widget="grant_ground", pattern=GROUND, head=Words("本方授出", "You give"),
    )  # fmt: skip
    gives_fields: list[str] = ask(
        "本方授出：信息项", "You give: elements", widget="lines", default_factory=list, max_length=200
    )
    gives_kind: Kind = ask("本方授出：权利", "You give: right", default=Kind.USE)
    gives_derives: bool = ask(
        "本方授出：对方可形成衍生数据产品", "You give: it may make derived products", default=True
    )
    gives_depth: int = ask("本方授出：可再授权层数", "You give: passed on, times", ge=0, le=DEPTH_MAX, default=0)
    gives_fee_fen: Fen = ask("本方授出：每年收费", "You give: fee a year", unit="fen", default=0)
    takes_ground: str = ask(
        "对方授出：依据", "It gives: what it stands on", widget="their_ground", pattern=GROUND,
        head=Words("对方授出", "The other side gives"),
        hint=Words("选择对方登记的权利或编目的资源", "a right or an entry of the other side's"),
    )  # fmt: skip
    takes_fields: list[str] = ask(
        "对方授出：信息项", "It gives: elements", widget="lines", default_factory=list, max_length=200
    )
    takes_kind: Kind = ask("对方授出：权利", "It gives: right", default=Kind.USE)
    takes_derives: bool = ask(
        "对方授出：本方可形成衍生数据产品", "It gives: you may make derived products", default=True
    )
    takes_depth: int = ask("对方授出：可再授权层数", "It gives: passed on, times", ge=0, le=DEPTH_MAX, default=0)
    takes_fee_fen: Fen = ask("对方授出：每年收费", "It gives: fee a year", unit="fen", default=0)

    @field_validator("gives_fields", "takes_fields")
    @classmethod
    def _once(cls, names: list[str]) -> list[str]:
        return each_once(names)


class Pair(Terms, Sides):
    """公平双向授权: both grant each other under the same terms."""


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=REASON_CHARS_MAX)


class Notice(Inputs):
    """Notice that a grant is to be revoked: on which of the grounds, and what has happened."""

    ground: RevocationGround = ask("收回的依据", "Ground")
    reason: str = ask("事实和理由", "What has happened", widget="textarea", min_length=4, max_length=REASON_CHARS_MAX)
    paper: OptionalPaper = ask("佐证材料", "Evidence", widget="paper", default=None)


class Answer(Inputs):
    """What the other side says against a revocation."""

    text: str = ask("申诉意见", "Statement", widget="textarea", min_length=4, max_length=REASON_CHARS_MAX)
    paper: OptionalPaper = ask("佐证材料", "Evidence", widget="paper", default=None)
