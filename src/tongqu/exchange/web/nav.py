"""The ways through the house: what stands in the top bar for whom, in the account menu and at the foot.

An entry names an address by its URL name. `roles` empty is for everyone; the public bar is for who acts for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class Entry:
    url: str
    words: Words
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Link:
    href: str
    words: Words
    here: bool = False


PUBLIC: list[Entry] = [
    Entry("home", Words("首页", "Home")),
    Entry("entries", Words("查找数据", "Find data")),
    Entry("open", Words("开放数据", "Open data")),
    Entry("products", Words("产品", "Products")),
    Entry("notices", Words("公示", "Notices")),
    Entry("certificate-ask", Words("凭证核验", "Verify")),
    Entry("rules", Words("规则", "Rules")),
    Entry("log", Words("存证日志", "Log")),
]

# For a person who acts for an organisation, by its roles.
DESKS: list[Entry] = [
    Entry("desk", Words("待办", "Desk")),
    Entry("entries", Words("查找数据", "Find data")),
    Entry("products", Words("产品", "Products")),
    Entry("notices", Words("公示", "Notices")),
    Entry("desk-account", Words("账户", "Account")),
    Entry("desk-assets", Words("资产", "Assets"), frozenset({"supplier"})),
    Entry("desk-bank", Words("入金", "Deposits"), frozenset({"finance"})),
    Entry("desk-balances", Words("试算平衡", "Balances"), frozenset({"finance", "regulator"})),
    Entry("desk-nodes", Words("节点", "Nodes"), frozenset({"supplier", "data_merchant", "exchange_administrator"})),
    Entry("desk-data", Words("数据管理", "Data"), frozenset({"data_authority", "exchange_administrator"})),
    Entry("desk-sharing", Words("共享与回流", "Sharing"), frozenset({"regulator", "data_authority"})),
    Entry(
        "desk-gradings",
        Words("分级", "Gradings"),
        frozenset({"data_authority", "reviewer", "regulator", "exchange_administrator"}),
    ),
    Entry("desk-oversight", Words("监督", "Oversight"), frozenset({"regulator", "exchange_administrator"})),
]

ACCOUNT: list[Entry] = [
    Entry("desk", Words("待办", "Desk")),
    Entry("desk-acting", Words("代表的单位", "Organisation")),
    Entry("my-data", Words("我的数据", "My data")),
    Entry("desk-keys", Words("密钥与授权", "Keys and mandates")),
    Entry("account_change_password", Words("修改密码", "Change password")),
    Entry("mfa_index", Words("两步验证", "Two-factor authentication")),
    Entry("usersessions_list", Words("登录设备", "Signed-in devices")),
    *([Entry("account_email", Words("电子邮箱", "E-mail addresses"))] if settings.MAIL else []),
]

FOOT: list[Entry] = [
    Entry("log", Words("离线核验", "Verify offline")),
    Entry("rules", Words("今日生效规则", "Rules in force today")),
    Entry("procedures", Words("办事流程", "Procedures")),
    Entry("operations", Words("授权运营", "Authorised operation")),
    Entry("public-register", Words("公共数据登记", "Register of public data")),
    Entry("maturity", Words("数据管理自评", "Self-assessments")),
    Entry("recognised-registrars", Words("互认的登记机构", "Recognised registrars")),
    Entry("consent-notices", Words("个人信息告知", "Notices to data subjects")),
    Entry("trusts", Words("数据信托", "Data trusts")),
    Entry("sharing", Words("政务数据共享", "Sharing between departments")),
    Entry("open-data", Words("行政区划", "Divisions")),
]


def links(entries: list[Entry], roles: frozenset[str], request: HttpRequest) -> list[Link]:
    """The entries open to these roles, with their addresses; `here` marks the one the reader is in."""
    open_to = [(e, reverse(e.url)) for e in entries if not e.roles or e.roles & roles]
    at = max((href for _, href in open_to if _inside(request.path, href)), key=len, default="")
    return [Link(href, entry.words, href == at) for entry, href in open_to]


def _inside(path: str, href: str) -> bool:
    return path == href if href == "/" else path.startswith(href)
