"""A holder is reminded that its registration can be renewed: on its desk until it takes note, applies, or the time is over."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, Until
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.reminders import acts, inputs

HOLDER = Seat("holder", "holder_id", Words("权利人", "holder"), roles=frozenset({"supplier"}))

LABELS = {
    "told": Words("可以续期", "Can be renewed"),
    "noted": Words("已知悉", "Noted"),
    "applied": Words("已申请续期", "Renewal applied for"),
    "over": Words("续期时间已过", "The time is over"),
    "begin": Words("提醒续期", "Remind"),
    "take_note": Words("知悉", "Take note"),
    "apply": Words("已申请续期", "Renewal applied for"),
    "end": Words("续期时间已过", "The time is over"),
}


def _reminder(name: str, model: str, words: Words, cite: str, begins: Begin) -> Procedure:
    return Procedure(
        name=name, model=model, words=words, cite=cite, starts="told", ends=frozenset({"noted", "applied", "over"}),
        begins=begins, seats=(HOLDER,),
        acts=(
            Act("take_note", "told", "noted", by=HOLDER, protects=True),
            Act("apply", "told", "applied", by=CLOCK),
            Act("end", "told", "over", by=CLOCK, cite=cite),
        ),
        clocks=(
            Clock(
                "renewal", Until("renew_until_at"), runs_in={"told"}, then="end",
                words=Words("可以申请续期的最后一日", "last day to ask for renewal"), cite=cite,
            ),
        ),
        labels=LABELS, way=("told", "noted"),
    )  # fmt: skip


RENEWAL_REMINDER = _reminder(
    "renewal_reminder", "registry.RenewalReminder", Words("续期提醒", "Reminder of renewal"), "PROP35:36",
    Begin(by=(CLOCK,), asks=inputs.Due, do=acts.tell, cite="PROP35:36"),
)  # fmt: skip

PUBLIC_RENEWAL_REMINDER = _reminder(
    "public_renewal_reminder", "registry.PublicRenewalReminder",
    Words("公共数据登记续展提醒", "Reminder to renew public data"), "REG26:15",
    Begin(by=(CLOCK,), asks=inputs.PublicDue, do=acts.tell_public, cite="REG26:15"),
)  # fmt: skip
