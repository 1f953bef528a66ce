"""What a deal must satisfy. Pure: they judge a plain picture of the deal on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import SHOULD, Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.trading.listings.inputs import TOTAL_FEN_MAX


@dataclass(frozen=True)
class Deal:
    """A deal as the rules see it. `identities_verified`: both parties are admitted on the day.

    `product_on_sale`: until the provider has signed, that it is published; after that, that no one stopped its sale.
    """

    on: date
    product_on_sale: bool
    self_deal: bool
    related: bool
    identities_verified: bool
    purposes_asked: frozenset[str]
    purposes_permitted: frozenset[str]
    right_valid: bool
    price_kind_fits: bool
    total_fen: int
    class_permits: bool = True
    by_standing_instruction: bool = False
    standing_covers: bool = True
    loosened: tuple[Words, ...] = ()
    regions_unknown: tuple[str, ...] = ()
    recipients_wrong: tuple[str, ...] = ()
    recipients_too_many: bool = False
    redevelops: tuple[str, ...] = ()


@rule("DSL:33", title=Words("审核交易双方身份", "Both parties' identities are verified"), since=date(2021, 9, 1))
def identities_are_verified(seen: Deal) -> Finding:
    if not seen.identities_verified:
        return refuses(
            Words("买卖双方须为已核验且未暂停的入场单位", "Both parties must be admitted and not suspended"),
            mend=Words("完成入场核验或等待恢复。", "Complete admission, or wait until it is restored."),
        )
    return complies()


@rule("HOUSE:deal", title=Words("产品在售", "The product is on sale"), since=date(2026, 1, 1), asks=("listing",))
def product_is_on_sale(seen: Deal) -> Finding:
    if not seen.product_on_sale:
        return refuses(
            Words("该产品未在售", "The product is not on sale"),
            mend=Words("选择在售的产品，或等待恢复销售。", "Choose a product on sale, or wait until it is resumed."),
        )
    return complies()


@rule("HOUSE:deal", title=Words("不得自买自卖", "No deals with oneself"), since=date(2026, 1, 1))
def not_with_oneself(seen: Deal) -> Finding:
    if seen.self_deal:
        return refuses(
            Words("买方与提供方是同一单位", "Consumer and provider are the same organisation"),
            mend=Words("以其他单位的身份购买。", "Buy as another organisation."),
        )
    return complies()


@rule(
    "OP27:6",
    title=Words("运营机构及其关联方不得再开发", "The operator and its group do not re-develop"),
    since=date(2025, 3, 1),
)
def the_operators_group_does_not_redevelop(seen: Deal) -> Finding:
    """Not as the consumer and not as a recipient behind it: whoever is joined with the operator by control (OP27:14(6))."""
    if seen.redevelops:
        named = "、".join(seen.redevelops)
        return refuses(
            Words(
                f"授权运营机构及其关联方不得直接或间接取得其已交付的公共数据产品再开发：{named}",
                f"An operator of public data and its group do not obtain its own products, directly or indirectly: {named}",
            ),
            mend=Words(
                "由与运营机构无关联的单位购买；接收方中去掉关联方。",
                "Let a party that is not related to the operator buy it, and name no related recipient.",
            ),
        )
    return complies()


@rule(
    "HOUSE:deal",
    title=Words("关联交易标注", "Deals between related parties are flagged"),
    strength=SHOULD,
    since=date(2026, 1, 1),
)
def related_parties_are_flagged(seen: Deal) -> Finding:
    if seen.related:
        return refuses(
            Words(
                "双方属于同一关联组，该交易将作关联标注并单列统计",
                "The parties are related: the deal is flagged and counted apart",
            ),
            mend=Words("在合同说明中写明关联关系。", "State the relation in the agreement."),
        )
    return complies()


@rule("NDR:12", title=Words("约定处理目的", "The purpose is agreed"), since=date(2025, 1, 1), asks=("purposes",))
def purpose_is_stated(seen: Deal) -> Finding:
    beyond = seen.purposes_asked - seen.purposes_permitted
    if not seen.purposes_asked or beyond:
        return refuses(
            Words(
                "没有约定用途，或用途超出提供方允许的范围",
                "No purpose is stated, or it goes beyond what the provider permits",
            ),
            mend=Words("从允许的用途中选择。", "Choose among the permitted purposes."),
        )
    return complies()


@rule("PROP35:26", title=Words("权利在有效期内", "The right is in force"), since=date(2026, 7, 3))
def right_is_in_force(seen: Deal) -> Finding:
    if not seen.right_valid:
        return refuses(
            Words("产品所依据的登记权利已失效", "The registered right behind the product is no longer in force"),
            mend=Words("提供方续期或重新登记后再交易。", "The provider renews or registers again first."),
        )
    return complies()


@rule(
    "HOUSE:deal",
    title=Words("计价方式一致", "The price is of the listed kind"),
    since=date(2026, 1, 1),
    asks=("price_fen", "price_micro_yuan"),
)
def price_kind_fits(seen: Deal) -> Finding:
    if not seen.price_kind_fits:
        return refuses(
            Words("报价方式与产品的计价方式不同", "The price is not of the product's kind"),
            mend=Words("按产品的计价方式报价。", "Quote by the product's kind of price."),
        )
    return complies()


@rule(
    "HOUSE:deal",
    title=Words("每笔总额有上限", "A deal has a largest amount"),
    since=date(2026, 1, 1),
    asks=("calls_max",),
)
def total_is_bounded(seen: Deal) -> Finding:
    if seen.total_fen > TOTAL_FEN_MAX:
        return refuses(
            Words(f"次数与价格的总额 {yuan(seen.total_fen)} 超过每笔上限 {yuan(TOTAL_FEN_MAX)}",
                  f"{yuan(seen.total_fen)} in all is more than the {yuan(TOTAL_FEN_MAX)} that one deal may come to"),
            mend=Words("减少次数或降低价格。", "Fewer calls or a lower price."),
        )  # fmt: skip
    return complies()


@rule("SEC18:5", title=Words("定级允许所约定的交付", "The grading permits the delivery agreed"), since=date(2025, 1, 1))
def class_permits_the_delivery(seen: Deal) -> Finding:
    """The grading may have changed since the product was listed; what it forbids is not agreed any more."""
    if not seen.class_permits:
        return refuses(
            Words(
                "资源现行的定级（级别或个人信息）不允许以该方式交付",
                "The grading in force, by level or personal information, does not permit this way of delivery",
            ),
            mend=Words(
                "选择以核验等方式交付的产品，或等待重新定级。",
                "Choose a product that is delivered otherwise, or wait for a re-grading.",
            ),
        )
    return complies()


@rule(
    "HOUSE:deal", title=Words("不放宽公布的使用条件", "The offer's conditions are not loosened"), since=date(2026, 1, 1)
)
def conditions_are_kept(seen: Deal) -> Finding:
    """Regions, smallest group and deletion are the provider's for whoever buys: they may be tightened. Quantities may be
    agreed otherwise; purposes have a rule of their own."""
    if seen.loosened:
        return refuses(
            Words(
                "所提条款放宽了产品公布的使用条件：" + "".join(one.zh for one in seen.loosened),
                "These terms loosen what the product was published with: " + " ".join(one.en for one in seen.loosened),
            ),
            mend=Words("按公布的条件或更严的条件提出。", "Ask for what is published, or for less."),
        )
    return complies()


@rule(
    "HOUSE:deal", title=Words("接收方和地域可以核对", "Recipients and regions can be checked"), since=date(2026, 1, 1)
)
def recipients_and_regions_are_known(seen: Deal) -> Finding:
    said = []
    if seen.regions_unknown:
        codes = "、".join(seen.regions_unknown)
        said.append(Words(f"没有代码为 {codes} 的现行行政区划", f"no division in force bears the code {codes}"))
    if seen.recipients_wrong:
        said.append(Words("接收方的统一社会信用代码有误", "the credit code of a recipient is wrong"))
    if seen.recipients_too_many:
        said.append(Words("接收方多于产品允许的数量", "there are more recipients than the product allows"))
    if said:
        return refuses(
            Words("；".join(one.zh for one in said), "; ".join(one.en for one in said)),
            mend=Words("更正或减少所列的接收方和地域。", "Correct the recipients and regions, or name fewer."),
        )
    return complies()


@rule("HOUSE:deal", title=Words("长期成交指令的范围", "What a standing instruction covers"), since=date(2026, 1, 1))
def standing_instruction_covers(seen: Deal) -> Finding:
    if seen.by_standing_instruction and not seen.standing_covers:
        return refuses(
            Words(
                "长期成交指令已撤回、已变更或不涵盖所提条款",
                "The standing instruction was recalled or changed, or does not cover these terms",
            ),
            mend=Words("由提供方答复。", "The provider answers itself."),
        )
    return complies()


DEAL_RULES = (
    identities_are_verified, product_is_on_sale, not_with_oneself, the_operators_group_does_not_redevelop, related_parties_are_flagged, purpose_is_stated,
    right_is_in_force, class_permits_the_delivery, price_kind_fits, total_is_bounded, conditions_are_kept, recipients_and_regions_are_known,
)  # fmt: skip
# Once the provider has signed, its terms stand; who the parties are and what the product stands on still matters.
SIGNING_RULES = (
    identities_are_verified, product_is_on_sale, the_operators_group_does_not_redevelop, right_is_in_force,
    class_permits_the_delivery,
)  # fmt: skip
