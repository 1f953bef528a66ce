"""A signature key as a table."""

from __future__ import annotations

from tongqu.exchange.bedrock.procedures import ANYONE, Act, Begin, Procedure, Seat
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.credentials import acts, inputs, queries, rules
from tongqu.exchange.members.mandates import EXCHANGE_ADMINISTRATOR

SIGNER = Seat("signer", "organisation_id", Words("密钥所属单位", "organisation of the key"))

SIGNATURE_KEY = Procedure(
    name="signature_key",
    model="members.SignatureKey",
    words=Words("签名密钥", "Signature key"),
    cite="ESIG:13",
    starts="in_use",
    ends=frozenset({"retired"}),
    begins=Begin(
        by=(ANYONE,), asks=inputs.Register, do=acts.register, sees=queries.registration_seen,
        rules=(rules.signature_key_is_proven, rules.signature_key_is_new), second_factor=True,
    ),
    acts=(
        Act(
            "retire", "in_use", "retired", by=SIGNER, asks=inputs.Reason, do=acts.retire,
            sees=queries.retirement_seen, rules=(rules.signature_key_is_ones_own,),
        ),
    ),
    seats=(SIGNER,),
    seen_by=(EXCHANGE_ADMINISTRATOR,),
    labels={
        "in_use": Words("在用", "In use"),
        "retired": Words("已停用", "Retired"),
        "begin": Words("启用签名密钥", "Take a key into use"),
        "retire": Words("停用", "Retire"),
    },
    way=("in_use", "retired"),
)  # fmt: skip
