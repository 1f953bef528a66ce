"""A small procedure for tests of the engine: a lending desk that lends books, with a deposit, a clock and a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.apps import apps
from django.db import models

from tongqu.exchange.bedrock.inputs import Inputs, ask
from tongqu.exchange.bedrock.ledger.entries import Move
from tongqu.exchange.bedrock.procedures import (
    CLOCK,
    Act,
    Actor,
    Begin,
    Clock,
    Done,
    Matter,
    Office,
    Procedure,
    Seat,
    Subject,
    WorkingDays,
    table,
)
from tongqu.exchange.bedrock.rules import Finding, complies, declaring, needs_person, refuses, rule
from tongqu.exchange.bedrock.values import Words


class Loan(Subject):
    reader = models.BigIntegerField()
    desk = models.BigIntegerField()
    book = models.CharField(max_length=60)
    deposit_fen = models.BigIntegerField(default=0)

    class Meta:
        app_label = "bedrock"
        db_table = "toy_loan"


READER = Seat("reader", "reader", Words("读者", "reader"), roles=frozenset({"reader"}))
DESK = Seat("desk", "desk", Words("借阅台", "desk"), roles=frozenset({"librarian"}))
INSPECTOR = Office("inspector", Words("检查员", "inspector"))


class Ask(Inputs):
    book: str = ask("书名", "Book", min_length=1, max_length=20)
    desk: int = ask("借阅台", "Desk", ge=1)
    deposit_fen: int = ask("押金", "Deposit", unit="fen", ge=0, default=0)


class Extend(Inputs):
    days: int = ask("延长", "Days", ge=1, le=30)
    reason: str = ask("理由", "Reason", min_length=2)


class Note(Inputs):
    text: str = ask("备注", "Note", min_length=1)
    password: str = ask("口令", "Password", secret=True, default="")


@dataclass(frozen=True)
class Wish:
    book: str


@rule("HOUSE:toy", title=Words("禁书不借", "No forbidden books"), since=date(2020, 1, 1))
def no_forbidden_books(seen: Wish) -> Finding:
    if "forbidden" in seen.book:
        return refuses(Words("此书不外借", "This book is not lent"), mend=Words("换一本。", "Take another."))
    return complies()


@rule("HOUSE:toy", title=Words("珍本须审", "Rare books need a person"), since=date(2020, 1, 1))
def rare_books_need_a_person(seen: Wish) -> Finding:
    if "rare" in seen.book:
        return needs_person(Words("珍本须馆员决定", "A librarian decides on rare books"), office="reviewer")
    return complies()


@rule("HOUSE:toy", title=Words("题名完整", "A full title"), since=date(2020, 1, 1))
def title_is_long_enough(seen: Wish) -> Finding:
    if len(seen.book) < 2:
        return refuses(Words("题名太短", "The title is too short"), mend=Words("写全题名。", "Give the full title."))
    return complies()


@rule("HOUSE:toy", title=Words("陈列的书没有遗失", "What is on display is not lost"), since=date(2020, 1, 1))
def what_is_on_display_is_not_lost(seen: Wish) -> Finding:
    if "display" in seen.book:
        return refuses(Words("此书正在陈列", "This book is on display"), mend=Words("先撤展。", "Take it down first."))
    if "disputed" in seen.book:
        return needs_person(Words("是否遗失有争议", "Whether it is lost is disputed"), office="reviewer")
    return complies()


def lend(matter: Matter) -> Done:
    loan: Loan = matter.subject
    loan.reader, loan.desk = matter.by.party, matter.inputs.desk
    loan.book, loan.deposit_fen = matter.inputs.book, matter.inputs.deposit_fen
    return Done({"book": loan.book})


def take_deposit(matter: Matter) -> Done:
    loan: Loan = matter.subject
    if not loan.deposit_fen:
        return Done()
    return Done(
        moves=(Move(f"party/{loan.reader}/available", f"party/{loan.desk}/available", loan.deposit_fen, "deposit"),)
    )


def give_back(matter: Matter) -> Done:
    loan: Loan = matter.subject
    if not loan.deposit_fen:
        return Done()
    return Done(
        moves=(
            Move(f"party/{loan.desk}/available", f"party/{loan.reader}/available", loan.deposit_fen, "deposit back"),
        )
    )


def wish(matter: Matter) -> Wish:
    return Wish(matter.inputs.book)


def standing(matter: Matter) -> Wish:
    return Wish(matter.subject.book)


LENDING = Procedure(
    name="toy_lending",
    model="bedrock.Loan",
    words=Words("借书", "Lending"),
    starts="asked",
    ends=frozenset({"returned", "refused", "lost"}),
    begins=Begin(by=(Office("reader", Words("读者", "reader")),), asks=Ask, do=lend,
                 rules=(no_forbidden_books, rare_books_need_a_person, title_is_long_enough), sees=wish),
    seats=(READER, DESK),
    seen_by=(INSPECTOR,),
    held_by=(INSPECTOR,),
    acts=(
        Act("lend", "asked", "lent", by=DESK, do=take_deposit),
        Act("refuse", "asked", "refused", by=(DESK, CLOCK)),
        Act("mend", "lent", "mending", by=DESK),
        Act("mended", "mending", "lent", by=DESK),
        Act("note", ("asked", "lent"), None, by=(DESK, READER), asks=Note),
        Act("extend", "lent", None, by=DESK, asks=Extend, extends="loan"),
        Act("return", ("lent", "mending"), "returned", by=READER, do=give_back, protects=True),
        Act("lose", "lent", "lost", by=CLOCK, rules=(what_is_on_display_is_not_lost,), sees=standing),
        Act("sign", "lent", None, by=READER, second_factor=True),
        Act("report", ("lent",), None, by=INSPECTOR, under_hold=True),
    ),
    clocks=(
        Clock("answer", WorkingDays(3), runs_in={"asked"}, words=Words("答复", "answer"), then="refuse"),
        Clock("loan", WorkingDays(10), runs_in={"lent"}, words=Words("借期", "loan"), then="lose", most=WorkingDays(5)),
        Clock("mending", WorkingDays(2), runs_in={"mending"}, words=Words("修补", "mending")),
    ),
    labels={
        "asked": Words("已申请", "Asked"), "lent": Words("借出", "Lent"), "mending": Words("修补中", "Mending"),
        "returned": Words("已还", "Returned"), "refused": Words("不借", "Refused"), "lost": Words("遗失", "Lost"),
        "begin": Words("申请", "Ask"), "lend": Words("借出", "Lend"), "refuse": Words("拒绝", "Refuse"),
        "mend": Words("送修", "Mend"), "mended": Words("修好", "Mended"), "note": Words("备注", "Note"),
        "extend": Words("续借", "Extend"), "return": Words("归还", "Return"), "lose": Words("记为遗失", "Lose"),
        "sign": Words("签收", "Sign"), "report": Words("检查记录", "Report"),
    },
    way=("asked", "lent", "returned"),
)  # fmt: skip

ALICE, DAVE = 101, 102
WUCHANG = 201


def reader(party: int = ALICE, **more: object) -> Actor:
    return Actor(person=party + 1000, party=party, roles=frozenset({"reader"}), **more)  # type: ignore[arg-type]


def librarian(party: int = WUCHANG, **more: object) -> Actor:
    return Actor(person=party + 1000, party=party, roles=frozenset({"librarian"}), **more)  # type: ignore[arg-type]


INSPECTING = Actor(person=9001, party=900, roles=frozenset({"inspector"}))
REVIEWING = Actor(person=9002, party=901, roles=frozenset({"reviewer"}))


RULES = (no_forbidden_books, rare_books_need_a_person, title_is_long_enough, what_is_on_display_is_not_lost)


def put_away() -> None:
    """Takes the toy out of the house's registries: other tests speak of the house's own tables only."""
    table._ALL.pop(LENDING.name, None)
    for each in RULES:
        declaring._RULES.pop(each.name, None)
    apps.all_models["bedrock"].pop("loan", None)
    apps.clear_cache()


def bring_out() -> None:
    table._ALL[LENDING.name] = LENDING
    declaring._RULES.update({each.name: each for each in RULES})
    apps.all_models["bedrock"]["loan"] = Loan
    apps.clear_cache()


put_away()
