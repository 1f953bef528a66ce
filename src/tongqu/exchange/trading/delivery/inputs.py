"""What each step of a delivery asks for. No Django."""

from __future__ import annotations

from tongqu.exchange.bedrock.inputs import Inputs, OptionalPaper, Paper, ask
from tongqu.exchange.bedrock.values import Words


class OfContract(Inputs):
    """Begun by the house when a contract comes into force."""

    contract: int = ask("合同", "Contract", ge=1)


class Token(Inputs):
    """The consumer makes the secret and tells only its SHA-256, so neither the exchange nor its log ever holds it."""

    token_sha256: Paper = ask(
        "调用口令摘要", "Digest of the call token", widget="token",
        hint=Words("口令由您保管，交易所只保存其摘要", "You keep the token; the exchange keeps its digest only"),
    )  # fmt: skip


class AcknowledgementKey(Inputs):
    """The public half of the key with which the consumer's program acknowledges receipts."""

    public_key: str = ask(
        "确认密钥（公钥）", "Acknowledgement key (public)", pattern=r"^[A-Za-z0-9+/]{43}=$",
        hint=Words("Ed25519 公钥的 Base64；tongqu trade acknowledge 会自动登记", "Ed25519, base64; tongqu trade acknowledge registers it"),
    )  # fmt: skip


class Reported(Inputs):
    """What a node's sealed statement reports: totals and a root, no keys and no answers."""

    number: int = ask("序号", "Number", ge=1)
    statement: str = ask("结算单摘要", "Statement digest", min_length=64, max_length=64)
    root: str = ask("回执默克尔根", "Root over receipts", min_length=64, max_length=64)
    from_sequence: int = ask("起", "From", ge=1)
    to_sequence: int = ask("止", "To", ge=1)
    calls: int = ask("调用次数", "Calls", ge=0)
    units: int = ask("计费单位", "Units", ge=0)
    restored_after: int | None = ask("恢复前已结算到", "Stated to before a restoration", ge=0, default=None)
    resumes_after: int | None = ask("恢复后自其后起", "Goes on after", ge=1, default=None)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class Graded(Inputs):
    """The grading that took effect for the resource."""

    grading: int = ask("定级", "Grading", ge=1)


class Lost(Inputs):
    """The loss of a ground that was reviewed."""

    loss: int = ask("依据失效处置", "Loss of a ground", ge=1)
    reason: str = ask("理由", "Reason", min_length=2, max_length=2000)


class Objection(Inputs):
    """A complaint about what was delivered, in the inspection period."""

    reason: str = ask(
        "哪里不符合约定", "What does not fit the contract", widget="textarea", min_length=5, max_length=1000
    )
    paper: OptionalPaper = ask("证据材料", "Evidence", widget="paper", default=None)
