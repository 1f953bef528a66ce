"""What may be taken over, and to which entry a registration that was taken over is bound. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 7, 3)


@dataclass(frozen=True)
class BundleSeen:
    own_paper: bool
    already: bool
    key_is_listed: bool = True


@dataclass(frozen=True)
class BindSeen:
    resource_is_own: bool
    resource_ready: bool
    same_name: bool
    wanted_name: str = ""
    holder_is_registrar: bool = False


@rule(
    "PROP35:13",
    title=Words("移交包由本机构提交，且未曾接收", "The bundle is here, and was not taken over before"),
    since=SINCE,
    asks=("file",),
)
def the_bundle_is_new(seen: BundleSeen) -> Finding:
    if not seen.own_paper:
        return refuses(
            Words("没有收到这份移交包", "This bundle was not handed in"), Words("请先上传。", "Hand it in first.")
        )
    if seen.already:
        return refuses(
            Words("这份移交包已经接收或正在接收", "This bundle was taken over, or is being taken over"),
            Words("请查看已有的事项。", "Look at the matter that there is."),
        )
    return complies()


@rule(
    "HOUSE:registrars",
    title=Words(
        "移交机构的公钥在监管部门的登记机构名录中", "The key of who hands over is in the supervisor's register"
    ),
    since=SINCE,
    asks=("public",),
)
def the_key_is_in_the_register(seen: BundleSeen) -> Finding:
    """Else whoever takes over could sign a bundle itself, under any name, and its registrations would stand."""
    if seen.key_is_listed:
        return complies()
    return refuses(
        Words("名录中没有哪个登记机构现用或曾用这一公钥", "No registrar in the register has or had this key"),
        Words("请监管部门先将移交机构及其公钥列入名录。", "Have the supervisor enter the registrar and its key first."),
    )


@rule(
    "HOUSE:registrars",
    title=Words("对应的是原登记的数据", "It is bound to the data that was registered"),
    since=SINCE,
    asks=("resource",),
)
def it_is_bound_to_its_own_data(seen: BindSeen) -> Finding:
    """The registration was of this data; under another name it would be another registration."""
    if not seen.resource_is_own or not seen.resource_ready:
        return refuses(
            Words("所选数据不是本单位已编目的资源", "The data chosen is not catalogued here as yours"),
            Words("请先编目，再选择自己的资源。", "Catalogue it first, then choose it."),
        )
    if not seen.same_name:
        return refuses(
            Words(
                f"与原登记的资源名称不同：{seen.wanted_name}", f"Another name than was registered: {seen.wanted_name}"
            ),
            Words("请以原名称编目同一数据。", "Catalogue the same data under the same name."),
        )
    return complies()


@rule("PROP35:10(7)", title=Words("接收机构不是权利人", "Who takes over is not the holder"), since=SINCE)
def the_holder_is_not_the_registrar(seen: BindSeen) -> Finding:
    if seen.holder_is_registrar:
        return refuses(
            Words("登记机构不得在本机构登记自己的数据", "A registrar may not register its own data"),
            Words("请由另一登记机构接收。", "Let another registrar take it over."),
        )
    return complies()
