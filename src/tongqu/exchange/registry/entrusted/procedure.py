"""A bank or an auditor looks at named assets for a time; every look is a fact; the holder ends it at once."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, Until
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import SUPPLIER
from tongqu.exchange.registry.entrusted import acts, inputs, rules

HOLDER = Seat("holder", "holder_id", Words("授权方", "holder"), roles=frozenset({"supplier"}))
VIEWER = Seat("viewer", "viewer_id", Words("被授权方", "who may look"))

ASSET_MANDATE = Procedure(
    name="asset_mandate", model="registry.AssetMandate", words=Words("资产查阅授权", "Mandate to look at assets"),
    cite="HOUSE:assets", starts="in_force", ends=frozenset({"revoked", "given_up", "expired"}),
    begins=Begin(by=(SUPPLIER,), asks=inputs.Entrusted, do=acts.entrust, rules=rules.MANDATE_RULES, sees=acts.seen,
                 cite="HOUSE:assets", second_factor=True),
    seats=(HOLDER, VIEWER),
    acts=(
        Act("look", "in_force", None, by=VIEWER, asks=inputs.Look, do=acts.look, rules=rules.LOOK_RULES,
            sees=acts.looking, cite="HOUSE:assets"),
        Act("revoke", "in_force", "revoked", by=HOLDER, asks=inputs.Reason, do=acts.give_reason, protects=True),
        Act("give_up", "in_force", "given_up", by=VIEWER, asks=inputs.Reason, do=acts.give_reason),
        Act("expire", "in_force", "expired", by=CLOCK),
    ),
    clocks=(
        Clock("term", Until("until_at"), runs_in={"in_force"}, then="expire",
              words=Words("授权期限", "term of the mandate"), cite="HOUSE:assets"),
    ),
    labels={
        "in_force": Words("有效", "In force"), "revoked": Words("已撤销", "Revoked"), "given_up": Words("已放弃", "Given up"),
        "expired": Words("已期满", "Expired"), "begin": Words("授权查阅", "Let somebody look"),
        "look": Words("查阅", "Look"), "revoke": Words("立即撤销", "Revoke at once"), "give_up": Words("放弃", "Give it up"),
        "expire": Words("期满", "Expire"),
    },
    way=("in_force",),
)  # fmt: skip
