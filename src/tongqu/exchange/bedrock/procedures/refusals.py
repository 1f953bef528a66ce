"""Why the door does not open. Each says what stands in the way and what would mend it, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from tongqu.exchange.bedrock.rules import Finding
from tongqu.exchange.bedrock.values import Words


class Shut(Exception):
    """The act was not performed and nothing has changed."""

    code = "shut"
    status = 409

    def __init__(self, words: Words, mend: Words, reasons: Sequence[Words] = ()) -> None:
        self.words, self.mend, self.reasons = words, mend, tuple(reasons)
        super().__init__(words.en)


class Unknown(Shut):
    """There is no such subject or act, or the asker may not know of it."""

    code = "unknown"
    status = 404

    def __init__(self, what: str) -> None:
        super().__init__(
            Words(f"没有这一事项或无权查看：{what}", f"No such thing, or not yours to see: {what}"),
            Words("请核对编号，或以有权的单位登录。", "Check the number, or sign in for a party to it."),
        )


class NotNow(Shut):
    """The subject's state does not allow this act. Read the state again before trying another act."""

    code = "not-now"

    def __init__(self, act: Words, state: Words, possible: Sequence[Words]) -> None:
        zh = "、".join(w.zh for w in possible) or "无"
        en = ", ".join(w.en for w in possible) or "nothing"
        super().__init__(
            Words(
                f"现在不能“{act.zh}”：当前状态是“{state.zh}”",
                f"“{act.en}” is not possible now: the state is “{state.en}”",
            ),
            Words(f"此时可以办理：{zh}。", f"Possible now: {en}."),
        )


class NotYours(Shut):
    """The actor lacks the role, the mandate or the seat. Another party must act, or a mandate must be granted."""

    code = "not-yours"
    status = 403

    def __init__(self, reason: Words, who: Sequence[Words]) -> None:
        zh = "、".join(w.zh for w in who)
        en = ", ".join(w.en for w in who)
        super().__init__(reason, Words(f"应由以下一方办理：{zh}。", f"This is for: {en}."))


class NeedsSecondFactor(Shut):
    """The act releases a signature. Show the second factor and send the same request again."""

    code = "second-factor"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            Words("这一步等于签名，需要第二重验证", "This step is a signature and needs your second factor"),
            Words("请输入动态验证码后重新提交。", "Enter the code of your authenticator and send again."),
        )


class Held(Shut):
    """A hold stands on the subject. Every ground is given; the office that placed it can lift it."""

    code = "held"

    def __init__(self, grounds: Sequence[str]) -> None:
        super().__init__(
            Words("该事项已被冻结：" + "；".join(grounds), "A hold stands: " + "; ".join(grounds)),
            Words("请联系作出冻结的机构解除。", "Ask the office that placed the hold to lift it."),
            [Words(g, g) for g in grounds],
        )


class Refused(Shut):
    """Rules in force that day refuse. `findings` holds every one, with citation and what would mend it."""

    code = "refused"
    status = 422

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        blocking = [f for f in findings if f.blocks]
        super().__init__(
            Words(
                "不符合规则：" + "；".join(f.words.zh for f in blocking),
                "Rules refuse: " + "; ".join(f.words.en for f in blocking),
            ),
            Words(
                "；".join(f.mend.zh for f in blocking if f.mend) or "请按所列依据改正。",
                "; ".join(f.mend.en for f in blocking if f.mend) or "Correct what the citations name.",
            ),
            [f.words for f in blocking],
        )


class NeedsReview(Shut):
    """The rules leave it to a person. A case is open; when it is allowed, send the same request again."""

    code = "needs-review"
    status = 409

    def __init__(self, case_id: int, findings: Sequence[Finding]) -> None:
        self.case_id, self.findings = case_id, tuple(findings)
        said = [f.words for f in findings]
        super().__init__(
            Words(
                "需要人工审查：" + "；".join(w.zh for w in said),
                "A person must decide: " + "; ".join(w.en for w in said),
            ),
            Words(
                f"已立审查件 {case_id}，同意后以同样内容重新提交。",
                f"Case {case_id} is open; once allowed, send the same again.",
            ),
            said,
        )


class KeyReused(Shut):
    """The idempotency key was used with other content. Use a fresh key for a new request."""

    code = "key-reused"

    def __init__(self, key: str) -> None:
        super().__init__(
            Words(f"幂等键 {key} 已用于不同的内容", f"The idempotency key {key} was used with other content"),
            Words(
                "同一请求重发请保持内容一致；新的请求请换一个键。",
                "Repeat the same content, or take a fresh key for a new request.",
            ),
        )


class AlreadyExtended(Shut):
    """The clock was extended before, or by more than the text allows."""

    code = "extension-refused"
    status = 422

    def __init__(self, words: Words) -> None:
        super().__init__(
            words, Words("只能延长一次，且不得超过规定天数。", "One extension only, within the stated days.")
        )
