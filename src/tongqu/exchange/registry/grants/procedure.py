"""A grant between enterprises: offered → accepted → in force → over; and the two-way one that begins two of them at once.

Nothing is taken from anybody at once: a revocation is noticed first, what stands on the grant is listed and reviewed, and the
house ends the grant when that was done (`trading.losses`).
"""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, Until, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, DATA_MERCHANT, REGULATOR, REVIEWER, SUPPLIER
from tongqu.exchange.registry.grants import acts, inputs, rules, seeing
from tongqu.exchange.registry.grants.models import USABLE

MAKERS = frozenset({"supplier", "data_merchant"})
GRANTOR = Seat("grantor", "grantor_id", Words("授权方", "grantor"), roles=MAKERS)
GRANTEE = Seat("grantee", "grantee_id", Words("被授权方", "grantee"), roles=MAKERS | {"buyer"})
PROPOSER = Seat("proposer", "proposer_id", Words("提出方", "proposer"), roles=MAKERS)
OTHER = Seat("other", "other_id", Words("对方", "the other side"), roles=MAKERS)
SEEN_BY = (REGULATOR, REVIEWER, DATA_AUTHORITY)

GRANT = Procedure(
    name="grant", model="registry.Grant", words=Words("企业数据授权", "Grant of rights in data"), cite="SEED:6",
    starts="offered",
    ends=frozenset({"declined", "withdrawn", "lapsed", "expired", "revoked", "surrendered", "fallen"}),
    begins=Begin(by=(SUPPLIER, DATA_MERCHANT), asks=inputs.Offer, do=acts.offer, rules=rules.GRANT_RULES,
                 sees=seeing.offer, cite="SEED:6"),
    also=(Begin(by=(CLOCK,), asks=inputs.Side, do=acts.from_pair, name="enter", starts="accepted",
                rules=(rules.the_whole_chain_stands, rules.the_ground_gives_this_right), sees=seeing.direction, cite="SEED:6"),),
    seats=(GRANTOR, GRANTEE), seen_by=SEEN_BY, held_by=(REGULATOR,), binds=True,
    acts=(
        Act("accept", "offered", "accepted", by=GRANTEE, do=acts.accept, rules=rules.GRANT_RULES,
            sees=seeing.acceptance, second_factor=True, cite="SEED:6"),
        Act("decline", "offered", "declined", by=GRANTEE, asks=inputs.Reason, do=acts.give_reason),
        Act("withdraw", "offered", "withdrawn", by=GRANTOR, asks=inputs.Reason, do=acts.give_reason, protects=True),
        Act("lapse", "offered", "lapsed", by=CLOCK),
        Act("commence", "accepted", "in_force", by=CLOCK, do=acts.told),
        Act("remind", "in_force", None, by=CLOCK, do=acts.remind, cite="HOUSE:grants"),
        Act("give_notice", "in_force", "noticed", by=GRANTOR, asks=inputs.Notice, do=acts.give_notice,
            rules=rules.NOTICE_RULES, sees=seeing.notice, cite="HOUSE:grants", protects=True),
        Act("answer", "noticed", None, by=GRANTEE, asks=inputs.Answer, do=acts.answer,
            rules=(rules.evidence_of_a_notice_is_ones_own,), sees=seeing.notice, cite="HOUSE:grants", protects=True),
        Act("take_back", "noticed", "in_force", by=GRANTOR, do=acts.take_back),
        Act("surrender", "in_force", "surrendering", by=GRANTEE, asks=inputs.Reason, do=acts.begin_surrender,
            protects=True),
        Act("keep", "surrendering", "in_force", by=GRANTEE, do=acts.take_back),
        Act("revoke", "noticed", "revoked", by=CLOCK, do=acts.told, cite="HOUSE:grants"),
        Act("give_up", "surrendering", "surrendered", by=CLOCK, do=acts.told, cite="HOUSE:grants"),
        Act("expire", USABLE, "expired", by=CLOCK, do=acts.told),
        Act("fall", ("offered", "accepted", *USABLE), "fallen", by=CLOCK, asks=inputs.Reason, do=acts.give_reason,
            cite="HOUSE:grants", under_hold=True),
    ),
    clocks=(
        Clock("answer", WorkingDays("house.grant_answer"), runs_in={"offered"}, then="lapse",
              words=Words("答复期限", "time to answer"), cite="HOUSE:grants"),
        Clock("start", Until("starts_at"), runs_in={"accepted"}, then="commence", words=Words("生效日", "first day")),
        Clock("reminder", Until("remind_at"), runs_in={"in_force"}, then="remind",
              words=Words("到期提醒", "reminder before the end"), cite="HOUSE:grants"),
        Clock("term", Until("ends_at"), runs_in=set(USABLE), then="expire", words=Words("授权期限", "term of the grant")),
    ),
    labels={
        "offered": Words("待答复", "Offered"), "accepted": Words("已接受，待生效", "Accepted"),
        "in_force": Words("有效", "In force"), "noticed": Words("已通知收回", "Notice of revocation"),
        "surrendering": Words("交还中", "Being given up"), "declined": Words("未接受", "Declined"),
        "withdrawn": Words("已撤回", "Withdrawn"), "lapsed": Words("逾期未答复", "Lapsed"),
        "expired": Words("期满", "Expired"), "revoked": Words("已收回", "Revoked"),
        "surrendered": Words("已交还", "Given up"), "fallen": Words("随依据失效", "Fallen with its ground"),
        "begin": Words("提出授权", "Offer a grant"), "enter": Words("双向授权生效", "Enter a two-way grant"),
        "accept": Words("接受授权", "Accept"), "decline": Words("不接受", "Decline"),
        "withdraw": Words("撤回", "Withdraw"), "lapse": Words("逾期未答复", "Lapse"),
        "commence": Words("生效", "Come into force"), "remind": Words("到期提醒", "Remind of the end"),
        "give_notice": Words("通知收回", "Give notice of revocation"), "answer": Words("申诉", "Appeal"),
        "take_back": Words("撤回收回通知", "Take the notice back"), "surrender": Words("交还授权", "Give it up"),
        "keep": Words("不再交还", "Keep it after all"), "revoke": Words("收回", "Revoke"),
        "give_up": Words("交还", "End it as given up"), "expire": Words("期满", "Expire"),
        "fall": Words("随依据失效", "Fall with its ground"),
    },
    way=("offered", "accepted", "in_force", "expired"),
)  # fmt: skip

MUTUAL_GRANT = Procedure(
    name="mutual_grant", model="registry.GrantPair", words=Words("双向公平授权", "Fair two-way grant"), cite="SEED:6",
    starts="proposed", ends=frozenset({"entered", "fallen", "declined", "withdrawn", "lapsed"}),
    begins=Begin(by=(SUPPLIER, DATA_MERCHANT), asks=inputs.Pair, do=acts.propose, rules=rules.PAIR_RULES,
                 sees=seeing.pair, cite="SEED:6"),
    seats=(PROPOSER, OTHER), seen_by=SEEN_BY, held_by=(REGULATOR,),
    acts=(
        Act("agree", "proposed", "agreed", by=OTHER, do=acts.agree, rules=rules.PAIR_RULES, sees=seeing.pair_again,
            second_factor=True, cite="SEED:6"),
        Act("decline", "proposed", "declined", by=OTHER, asks=inputs.Reason, do=acts.give_pair_reason),
        Act("withdraw", "proposed", "withdrawn", by=PROPOSER, asks=inputs.Reason, do=acts.give_pair_reason, protects=True),
        Act("lapse", "proposed", "lapsed", by=CLOCK),
        Act("enter", "agreed", "entered", by=CLOCK, cite="SEED:6"),
        Act("fall", "agreed", "fallen", by=CLOCK, asks=inputs.Reason, do=acts.give_pair_reason, cite="HOUSE:grants",
            under_hold=True),
    ),
    clocks=(
        Clock("answer", WorkingDays("house.grant_answer"), runs_in={"proposed"}, then="lapse",
              words=Words("答复期限", "time to answer"), cite="HOUSE:grants"),
    ),
    labels={
        "proposed": Words("待对方同意", "Proposed"), "agreed": Words("双方已同意，待生效", "Agreed"),
        "entered": Words("两个方向已授权", "Granted both ways"), "fallen": Words("随依据失效", "Fallen with its ground"),
        "declined": Words("未接受", "Declined"), "withdrawn": Words("已撤回", "Withdrawn"),
        "lapsed": Words("逾期未答复", "Lapsed"), "begin": Words("提出双向授权", "Propose"),
        "agree": Words("同意，两个方向同时授权", "Agree: both grants at once"), "decline": Words("不接受", "Decline"),
        "withdraw": Words("撤回", "Withdraw"), "lapse": Words("逾期未答复", "Lapse"),
        "enter": Words("两个方向同时生效", "Enter both grants"), "fall": Words("随依据失效", "Fall with its ground"),
    },
    way=("proposed", "agreed", "entered"),
)  # fmt: skip
