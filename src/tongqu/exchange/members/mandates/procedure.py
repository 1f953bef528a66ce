"""Mandates and API keys as tables."""

from __future__ import annotations

from tongqu.exchange.bedrock.procedures import ANYONE, CLOCK, Act, Begin, Clock, Procedure, Seat, Until
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import acts, inputs, queries, rules
from tongqu.exchange.members.mandates.offices import ADMINISTRATOR, EXCHANGE_ADMINISTRATOR, REGULATOR

PRINCIPAL = Seat(
    "principal", "organisation_id", Words("授权单位管理员", "administrator of the organisation"),
    roles=frozenset({"administrator"}),
)  # fmt: skip

MANDATE = Procedure(
    name="mandate",
    model="members.Mandate",
    words=Words("经办人授权", "Mandate"),
    starts="in_force",
    ends=frozenset({"revoked", "ended"}),
    begins=Begin(
        by=(ADMINISTRATOR, EXCHANGE_ADMINISTRATOR, CLOCK),
        asks=inputs.Grant,
        do=acts.grant,
        sees=queries.grant_seen,
        rules=(
            rules.own_organisation,
            rules.organisation_is_open,
            rules.person_is_known,
            rules.one_mandate_each,
            rules.roles_within_organisation,
            rules.period_is_sound,
        ),
    ),
    acts=(
        Act(
            "amend", "in_force", None, by=(PRINCIPAL, EXCHANGE_ADMINISTRATOR), asks=inputs.Amend, do=acts.amend,
            sees=queries.amendment_seen,
            rules=(rules.roles_within_organisation, rules.period_is_sound, rules.an_administrator_stays),
        ),
        Act(
            "revoke", "in_force", "revoked", by=(PRINCIPAL, EXCHANGE_ADMINISTRATOR), asks=inputs.Reason, do=acts.end,
            sees=queries.revocation_seen, rules=(rules.an_administrator_stays,),
        ),
        Act("lapse", "in_force", "ended", by=CLOCK, do=acts.end),
    ),
    clocks=(
        Clock(
            "mandate", Until("until_at"), runs_in={"in_force"}, afresh=True, then="lapse",
            words=Words("授权期限", "End of the mandate"),
        ),
    ),
    seats=(PRINCIPAL,),
    seen_by=(EXCHANGE_ADMINISTRATOR, REGULATOR),
    labels={
        "in_force": Words("有效", "In force"),
        "revoked": Words("已撤销", "Revoked"),
        "ended": Words("已到期", "Ended"),
        "begin": Words("授权经办人", "Grant a mandate"),
        "amend": Words("变更授权", "Amend"),
        "revoke": Words("撤销授权", "Revoke"),
        "lapse": Words("到期终止", "Lapse"),
    },
    way=("in_force", "ended"),
)  # fmt: skip

HOLDER = Seat("holder", "organisation_id", Words("密钥所属单位", "organisation of the key"))

API_KEY = Procedure(
    name="api_key",
    model="members.ApiKey",
    words=Words("接口密钥", "API key"),
    starts="active",
    ends=frozenset({"revoked", "expired"}),
    begins=Begin(
        by=(ANYONE,),
        asks=inputs.NewKey,
        do=acts.make_key,
        sees=queries.key_seen,
        rules=(rules.key_within_mandate, rules.key_period, rules.made_by_a_person),
        second_factor=True,
    ),
    acts=(
        Act(
            "revoke", "active", "revoked", by=(HOLDER, EXCHANGE_ADMINISTRATOR), asks=inputs.Reason, do=acts.end_key,
            sees=queries.key_end_seen, rules=(rules.own_key_or_administrator,),
        ),
        Act("expire", "active", "expired", by=CLOCK, do=acts.end_key),
    ),
    clocks=(
        Clock(
            "expiry", Until("until_at"), runs_in={"active"}, then="expire", words=Words("密钥期限", "End of the key")
        ),
    ),
    seats=(HOLDER,),
    seen_by=(EXCHANGE_ADMINISTRATOR,),
    labels={
        "active": Words("可用", "Active"),
        "revoked": Words("已撤销", "Revoked"),
        "expired": Words("已到期", "Expired"),
        "begin": Words("生成密钥", "Make a key"),
        "revoke": Words("撤销密钥", "Revoke"),
        "expire": Words("到期失效", "Expire"),
    },
    way=("active", "expired"),
)  # fmt: skip
