"""Deletion after use: the buyer attests it within the days of the contract, the provider takes note or objects."""

from typing import Any

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, Until, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import REGULATOR, REVIEWER
from tongqu.exchange.trading.deletions import acts, inputs, rules

CONSUMER = Seat("consumer", "consumer_id", Words("买方", "consumer"), roles=frozenset({"buyer"}))
PROVIDER = Seat("provider", "provider_id", Words("提供方", "provider"), roles=frozenset({"supplier"}), bound=False)
UNDONE = ("pending", "owed", "overdue")
ATTEST: dict[str, Any] = {
    "by": CONSUMER, "asks": inputs.Attestation, "do": acts.attest, "rules": rules.ATTEST_RULES,
    "sees": acts.seen_attestation, "cite": "HOUSE:deletion", "protects": True,
}  # fmt: skip
"""Before its time nobody waits for it."""

DELETION_DUTY = Procedure(
    name=acts.NAME, model="trading.DeletionDuty", words=Words("到期删除", "Deletion after use"), cite="HOUSE:deletion",
    starts="pending", ends=frozenset({"noted"}),
    begins=Begin(by=(CLOCK,), asks=inputs.Ended, do=acts.open_duty, cite="HOUSE:deletion"),
    seats=(CONSUMER, PROVIDER), seen_by=(REGULATOR, REVIEWER), held_by=(REGULATOR,), binds=True,
    acts=(
        Act("fall_due", "pending", "owed", by=CLOCK, do=acts.fall_due, rules=(rules.the_use_is_over,), sees=acts.seen_ending,
            cite="HOUSE:deletion", under_hold=True),
        Act("reckon", UNDONE, "pending", by=CLOCK, asks=inputs.Another, do=acts.reckon,
            rules=(rules.the_use_ends_otherwise,), sees=acts.seen_reckoning, cite="HOUSE:deletion", under_hold=True),
        Act("remind", "owed", None, by=CLOCK, do=acts.remind, cite="HOUSE:deletion"),
        Act("fall_overdue", "owed", "overdue", by=CLOCK, do=acts.fall_overdue, cite="HOUSE:deletion"),
        Act("attest_early", "pending", "attested", **ATTEST),
        Act("attest", ("owed", "overdue", "objected"), "attested", **ATTEST),
        Act("take_note", "attested", "noted", by=PROVIDER, do=acts.take_note, protects=True),
        Act("object", "attested", "objected", by=PROVIDER, asks=inputs.Objection, do=acts.object_to,
            rules=(rules.the_evidence_is_ones_own,), sees=acts.seen_objection, protects=True),
        Act("let_stand", "attested", "noted", by=CLOCK, do=acts.take_note, cite="HOUSE:deletion"),
        Act("uphold", "objected", "owed", by=REVIEWER, asks=inputs.Finding, do=acts.uphold,
            rules=(rules.nobody_decides_on_its_own_deletion,), sees=acts.seen_decision),
        Act("dismiss", "objected", "noted", by=REVIEWER, asks=inputs.Finding, do=acts.dismiss,
            rules=(rules.nobody_decides_on_its_own_deletion,), sees=acts.seen_decision),
    ),
    clocks=(
        Clock("use", Until("use_ends_at"), runs_in={"pending"}, then="fall_due", afresh=True,
              words=Words("使用期限", "period of use")),
        Clock("reminder", Until("remind_at"), runs_in={"owed"}, then="remind", afresh=True, waits=True,
              words=Words("删除提醒", "reminder to delete"), cite="HOUSE:deletion"),
        Clock("deadline", Until("due_at"), runs_in={"owed"}, then="fall_overdue", afresh=True, waits=True,
              words=Words("删除并证明的期限", "time to delete and attest"), cite="HOUSE:deletion"),
        Clock("answer", WorkingDays("house.deletion_answer"), runs_in={"attested"}, then="let_stand", afresh=True,
              words=Words("提供方异议期限", "time to object"), cite="HOUSE:deletion"),
        Clock("decision", WorkingDays("house.deletion_decision"), runs_in={"objected"}, afresh=True,
              words=Words("决定异议的期限", "time to decide the objection"), cite="HOUSE:deletion"),
    ),
    labels={
        "pending": Words("使用期未满", "Still in use"), "owed": Words("待删除并证明", "To be deleted and attested"),
        "overdue": Words("逾期未证明", "Overdue"), "attested": Words("已证明，待提供方知悉", "Attested"),
        "objected": Words("提供方有异议", "Objected"), "noted": Words("已了结", "Closed"),
        "begin": Words("记入到期删除", "Open the duty"), "fall_due": Words("使用期满，须删除", "The use is over"),
        "reckon": Words("按同一数据的其他合同重新计算", "Count anew by another contract"),
        "remind": Words("提醒删除", "Remind"), "fall_overdue": Words("逾期", "Fall overdue"),
        "attest_early": Words("提前删除并证明", "Attest an early deletion"),
        "attest": Words("证明已删除", "Attest the deletion"), "take_note": Words("知悉", "Take note"),
        "object": Words("提出异议", "Object"), "let_stand": Words("期满无异议", "No objection in time"),
        "uphold": Words("异议成立，重新删除", "Uphold: delete anew"),
        "dismiss": Words("异议不成立", "Dismiss the objection"),
    },
    way=("pending", "owed", "attested", "noted"),
)  # fmt: skip
