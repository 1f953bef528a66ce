"""The town that a walk through the pages happens in: prepared by its own clock, and from then on living by everybody's.

Something waits at the registrar and nothing is on sale yet. There is no keeper beside the live server: the walk lets the
house follow up by calling `settle`, which is the keeper's own work.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from tongqu.demo import measuring
from tongqu.demo.cast import MEMBERS, OPERATOR
from tongqu.demo.history import RESOURCES, History
from tongqu.demo.loading import _write_node
from tongqu.demo.town import HouseNode, Town
from tongqu.exchange.bedrock.procedures import all_procedures
from tongqu.exchange.registry import catalogue, ownership

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CAST = ("authority", "registrar", "bank", "lender")
LOGINS = {member.key: member.login for member in (*MEMBERS, OPERATOR)}
SOURCE = "bank-credit"
EXCHANGE, NODE = "http://127.0.0.1:1", "http://127.0.0.1:2"
COLUMNS = ("ID", "LIMIT_BAL", "SEX", "EDUCATION", "MARRIAGE", "AGE", "default payment next month")


class WalkedTown(Town):
    """Until `wake` the time is told; after it, it is the time of the pages."""

    awake = False
    _told: datetime

    @property
    def now(self) -> datetime:
        return datetime.now(tz=UTC) if self.awake else self._told

    @now.setter
    def now(self, moment: datetime) -> None:
        self._told = moment

    def wake(self) -> None:
        self.at(datetime.now(tz=UTC))
        self.awake = True


class World:
    """Members, a node, a catalogued source and a registration of which one head is left to review."""

    def __init__(self, folder: Path) -> None:
        begins = datetime.now(tz=UTC) - timedelta(days=12)
        config = _write_node(folder / "node", EXCHANGE, NODE, 2)
        self.town = WalkedTown(folder, exchange=EXCHANGE, node=NODE, begins=begins)
        self.history = History(self.town, lambda zh, en: None)
        self.town.found()
        for member in MEMBERS:
            if member.key in CAST:
                self.town.admit(member)
        self.node: HouseNode = self.town.open_node(config)
        self.history.node = self.node
        self.resource = self._catalogue()
        self.registration = self._registration()
        self.town.wake()
        self.node.sync()

    def _catalogue(self) -> int:
        town = self.town
        town.later(hours=1)
        entry = {key: value for key, value in RESOURCES[SOURCE].items() if key != "holder"}
        made = town.begin(
            catalogue.RESOURCE, "bank", kind="enterprise", format="spreadsheet", sharing="none", opening="closed",
            items=[{"name": column, "type": "text"} for column in COLUMNS], node=int(self.node.number), source=SOURCE, **entry,
        )  # fmt: skip
        town.act(catalogue.RESOURCE, "measure", made, "bank")
        self.node.sync(3)
        self.history.resources[SOURCE] = made
        measuring.hide_clients(self.history)
        self.history.grade(SOURCE)
        return made

    def _registration(self) -> int:
        town, history = self.town, self.history
        # Old enough to be accepted and half reviewed, young enough for the time to complete.
        town.at(datetime.now(tz=UTC) - timedelta(days=2))
        titles = {"lawful_acquisition": "数据采集台账（示例）", "consent": "客户授权与告知文本（示例）",
                  "impact_assessment": "个人信息保护影响评估（示例）"}  # fmt: skip
        papers = [{"kind": kind, "paper": town.paper(title, "bank")} for kind, title in titles.items()]
        made = history.apply(SOURCE, personal=True, evidence=papers)
        town.later(hours=2)
        town.act(ownership.OWNERSHIP, "accept", made, "registrar")
        history._examine(made, ("description", "source"))
        return made

    def close(self) -> None:
        self.node.close()


class Walker:
    """One person at a browser of their own, who reads every page that comes up."""

    def __init__(self, key: str, world: World, visit: Callable[..., Page], **how: Any) -> None:
        self.key, self.world, self.visit = key, world, visit
        self.english = how.get("language") == "en"
        self.account = next(one for one in world.town.accounts if one["login"] == LOGINS[key])
        self.used: set[int] = set()
        self.page: Page = visit("/account/login/?next=/desk", **how)
        self.page.set_default_timeout(15_000)
        self._sign_in()

    def _sign_in(self) -> None:
        self.page.locator("[name=login]").fill(self.account["login"])
        self.page.locator("[name=password]").fill(self.account["password"])
        self._button("Sign in" if self.english else "登录").click()
        self.page.locator("[name=code]").fill(self.code())
        self._button("Sign in" if self.english else "登录").click()
        self.page.wait_for_url("**/desk")
        self.read()

    def code(self) -> str:
        """What the authenticator shows, or shows next: each is good once, so another is waited for when both were used. The one
        before may be over by the time that it is sent."""
        while True:
            fresh = [one for one in list(yield_hotp_counters_from_time())[1:] if one not in self.used]
            if fresh:
                self.used.add(fresh[0])
                return str(format_hotp_value(hotp_value(self.account["totp"], fresh[0])))
            time.sleep(0.5)

    def go(self, address: str, *words: str) -> None:
        self.visit(address, keep=self.page)
        self.read(*words)

    def follow(self, name: str, *words: str) -> None:
        """Presses a link by its words."""
        self.page.locator("main").get_by_role("link", name=name).first.click()
        self.read(*words)

    def open(self, act: str) -> Locator:
        """The form of an act, unfolded."""
        card = self.page.locator(f"#act-{act}")
        if card.get_attribute("open") is None:
            card.locator("summary").click()
        return card

    def press(self, act: str, *words: str, code: bool = False, twice: bool = False) -> None:
        """Fills in the second factor where it signs, presses the button, lets the house follow up, and reads what came."""
        form = self.open(act)
        if code:
            form.locator("[name=_code]").fill(self.code())
        self.send(form, *words, twice=twice)

    def send(self, form: Locator, *words: str, twice: bool = False) -> None:
        button = form.locator("button:not([name=_more])").last
        with self.page.expect_navigation():
            button.dblclick() if twice else button.click()
        self.world.town.settle()
        self.read(*words)

    def again(self, *words: str) -> None:
        """The same page, after the house followed up."""
        self.page.reload()
        self.read(*words)

    def read(self, *words: str) -> None:
        """A page says what it should, in people's words, and fits its window."""
        self.page.wait_for_load_state()
        where, main = self.page.url, self.page.locator("main")
        text = re.sub(r"[\u00a0\u2009\u202f]", " ", main.inner_text())
        for word in words:
            assert word in text, f"{where} does not say {word}: {text[:1500]}"
        assert self.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), f"{where} scrolls sideways"
        spoken = main.evaluate(SPOKEN)
        assert not re.search(r'\{["\']|Words\(|\bNone\b|\b[a-z]+_[a-z_]+\b', spoken), f"{where}: {_near(spoken)}"
        if not self.english:
            raw = sorted(word for word in re.findall(r"[a-z_]{4,}", spoken) if word in inner_names())
            assert not raw, f"{where} shows {raw}"

    def _button(self, name: str) -> Locator:
        return self.page.locator("main").get_by_role("button", name=name).first


# What a page says, without program text and digests, which are shown as they are.
SPOKEN = """(main) => { const copy = main.cloneNode(true);
  copy.querySelectorAll("pre, code, .mono, select, script, svg").forEach((e) => e.remove()); return copy.textContent; }"""


def _near(text: str) -> str:
    found = re.search(r'\{["\']|Words\(|\bNone\b|\b[a-z]+_[a-z_]+\b', text)
    return text[max(0, found.start() - 80) : found.end() + 80] if found else ""


@cache
def inner_names() -> frozenset[str]:
    """Names of states and acts, which are the house's own and never shown."""
    tables = all_procedures()
    return frozenset(
        name for table in tables for name in (table.name, *table.states, *(a.name for a in table.acts)) if len(name) > 3
    )
