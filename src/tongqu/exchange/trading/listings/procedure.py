"""How a product comes to be offered. A registered right is accepted without a second review (PROP35 art. 31)."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import REGULATOR, REVIEWER, SUPPLIER
from tongqu.exchange.trading.listings import acts, inputs
from tongqu.exchange.trading.listings.rules import (
    LISTING_RULES,
    new_price_fits,
    sale_no_longer_stands,
    sale_stands,
    valid_right_replaces_review,
)

PROVIDER = Seat("provider", "provider_id", Words("提供方", "provider"), roles=frozenset({"supplier"}))
OPEN = frozenset({"drafted", "submitted", "published", "paused", "suspended", "blocked"})

LISTING = Procedure(
    name="listing",
    model="trading.Listing",
    words=Words("产品上架", "Listing"),
    cite="HOUSE:listing",
    starts="drafted",
    ends=frozenset({"withdrawn", "refused"}),
    begins=Begin(by=(SUPPLIER,), asks=inputs.Draft, do=acts.draft),
    seats=(PROVIDER,),
    seen_by=(REVIEWER, REGULATOR),
    held_by=(REGULATOR,),
    acts=(
        Act("amend", "drafted", None, by=PROVIDER, asks=inputs.Draft, do=acts.amend),
        Act("submit", "drafted", "submitted", by=PROVIDER, do=acts.submit, rules=LISTING_RULES, sees=acts.seen),
        Act("accept_right", "submitted", "published", by=CLOCK, do=acts.publish, cite="PROP35:31",
            rules=(valid_right_replaces_review, sale_stands), sees=acts.seen_sale),
        Act("approve", "submitted", "published", by=REVIEWER, asks=inputs.Review, do=acts.publish,
            rules=LISTING_RULES, sees=acts.seen),
        Act("hand_back", "submitted", "drafted", by=REVIEWER, asks=inputs.Review, do=acts.hand_back),
        Act("refuse", "submitted", "refused", by=REVIEWER, asks=inputs.Reason, do=acts.end),
        Act("instruct", "published", None, by=PROVIDER, asks=inputs.Standing, do=acts.instruct),
        Act("recall", "published", None, by=PROVIDER, do=acts.recall),
        Act("reprice", ("published", "paused"), None, by=PROVIDER, asks=inputs.NewPrice, do=acts.reprice,
            rules=(new_price_fits,), sees=acts.seen_price, cite="HOUSE:listing"),
        Act("pause", "published", "paused", by=PROVIDER),
        Act("unpause", "paused", "published", by=PROVIDER, do=acts.resume, rules=(sale_stands,), sees=acts.seen_sale),
        Act("block", ("published", "paused"), "blocked", by=CLOCK, do=acts.block, rules=(sale_no_longer_stands,),
            sees=acts.seen_sale, under_hold=True),
        Act("unblock", "blocked", "paused", by=CLOCK, do=acts.resume, rules=(sale_stands,), sees=acts.seen_sale),
        Act("reclass", OPEN - {"drafted"}, None, by=CLOCK, asks=inputs.Graded, do=acts.reclass, under_hold=True),
        Act("suspend", ("published", "paused", "blocked"), "suspended", by=(REVIEWER, REGULATOR), asks=inputs.Reason,
            do=acts.end),
        Act("reinstate", "suspended", "published", by=(REVIEWER, REGULATOR), asks=inputs.Review, do=acts.resume,
            rules=(sale_stands,), sees=acts.seen_sale),
        Act("withdraw", OPEN, "withdrawn", by=PROVIDER, asks=inputs.Reason, do=acts.end, protects=True),
    ),
    clocks=(
        Clock("review", WorkingDays("house.listing_review"), runs_in={"submitted"}, afresh=True,
              words=Words("上架审查期限", "time to review the listing")),
    ),
    labels={
        "drafted": Words("草稿", "Draft"),
        "submitted": Words("待审查", "Submitted"),
        "published": Words("在售", "Published"),
        "paused": Words("提供方暂停", "Paused by provider"),
        "blocked": Words("依据失效，停止销售", "Blocked: what it stands on is gone"),
        "suspended": Words("责令暂停", "Suspended by the exchange"),
        "withdrawn": Words("已下架", "Withdrawn"),
        "refused": Words("不予上架", "Refused"),
        "begin": Words("起草", "Draft"),
        "amend": Words("修改", "Amend"),
        "submit": Words("提交", "Submit"),
        "accept_right": Words("采信产权登记，直接上架", "Accept the registered right"),
        "approve": Words("审查通过，上架", "Approve and publish"),
        "hand_back": Words("退回补正", "Hand back"),
        "refuse": Words("不予上架", "Refuse"),
        "instruct": Words("设定长期成交指令", "Give a standing instruction"),
        "recall": Words("撤回长期成交指令", "Recall the standing instruction"),
        "pause": Words("暂停销售", "Pause"),
        "unpause": Words("恢复销售", "Resume"),
        "reprice": Words("调整价格", "Change the price"),
        "block": Words("依据失效，停止销售", "Block"),
        "unblock": Words("依据恢复，可恢复销售", "Unblock"),
        "reclass": Words("按新的定级更新", "Follow the new grading"),
        "suspend": Words("责令暂停", "Suspend"),
        "reinstate": Words("恢复上架", "Reinstate"),
        "withdraw": Words("下架", "Withdraw"),
    },
    way=("drafted", "submitted", "published"),
)  # fmt: skip
