"""The market that is measured: one product of a registered right on sale, its proceeds shared, and buyers with money.

Everything is made through the door, as in a running exchange; the node that measured the data is the node's own code.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.buyer import Buyer
from tongqu.demo.cast import Member
from tongqu.demo.history import History
from tongqu.demo.loading import _write_node
from tongqu.demo.town import Town, moment
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.treasury import deposits

DEPOSIT_FEN = 10**11


def open_market(folder: Path, buyers: int) -> list[Buyer]:
    """Migrates an empty database and brings it to the day on which buyers may ask for the product."""
    from django.core.management import call_command

    from tongqu.exchange.bedrock import keys

    call_command("migrate", interactive=False, verbosity=0)
    for name in ("log", "permits", "signatures"):
        keys.ensure(name)
    town = Town(folder, exchange="http://127.0.0.1:1", node="http://127.0.0.1:2", begins=moment(9, 1, 9))
    history = History(town, lambda zh, en: None)
    town.found()
    town.admit_all()
    members = [_buyer(number) for number in range(buyers)]
    for member in members:
        town.admit(member)
    history.node = town.open_node(_write_node(folder / "node", town.exchange_url, town.node_url, 2))
    try:
        for chapter in (history.catalogue, history.register, history.list_products):
            chapter()
        town.at(datetime.now(tz=UTC) - timedelta(minutes=1))
        _pay_in(town, members)
    finally:
        history.node.close()
    listing = history.products["verification"]
    return [Buyer(town.people[m.key].pk, town.parties[m.key], listing) for m in members]


def _buyer(number: int) -> Member:
    name = f"示例采购{number + 1}号有限公司"
    return Member(
        f"buyer-{number}", name, name, "private", f"91420100MA{number:05d}Y0", "420106", ("buyer",), f"buyer-{number}",
        "示例·采购经办人", Words("买方", "a buyer"),
    )  # fmt: skip


def _pay_in(town: Town, members: list[Member]) -> None:
    lines = ["流水号,日期,付款人,付款账号,金额,附言"]
    lines += [
        f"{number:014d},{town.now:%Y-%m-%d},{member.name},6222,{DEPOSIT_FEN // 100}.00,{credit_code.complete(member.first)}"
        for number, member in enumerate(members)
    ]
    deposits.import_bank_file("\n".join(lines).encode(), name="对账单.csv", by=town.actor("exchange"), at=town.now)
    town.settle()
