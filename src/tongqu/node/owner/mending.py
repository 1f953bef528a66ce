"""What would end a refusal, and who can do it: told to the node's owner, as the refusal itself tells the buyer.

The buyer hears of every refusal what mends it on their side. The owner sees many at once and asks another question: is this
mine to mend, the contract's, the buyer's, or does it pass?
"""

from __future__ import annotations

from dataclasses import dataclass

from tongqu.wire.words import Words

HERE, CONTRACT, CALLER, PASSES, UNKNOWN = "here", "contract", "caller", "passes", "unknown"
WHOSE = {
    HERE: Words("本节点须处理", "this node's to mend"),
    CONTRACT: Words("合同约定之外", "beyond the contract"),
    CALLER: Words("买方须改请求", "the caller's to mend"),
    PASSES: Words("自行恢复", "passes by itself"),
    UNKNOWN: Words("其他", "other"),
}


@dataclass(frozen=True)
class Mend:
    whose: str
    words: Words


_MENDS: tuple[tuple[Mend, tuple[str, ...]], ...] = (
    (Mend(HERE, Words("腾出磁盘空间。", "Make room on the disk.")), ("disk-full",)),
    (
        Mend(HERE, Words("查看磁盘；节点每两秒自行重试。", "Look at the disk; the node tries again every two seconds.")),
        ("journal-unwritable",),
    ),
    (
        Mend(HERE, Words("见下方数据源的状态。", "See below what is said of the source.")),
        ("source-not-served", "source-changed"),
    ),
    (
        Mend(
            HERE,
            Words("查与交易所的连接和本机时钟：tongqu node doctor。", "Check the way to the exchange and the clock: tongqu node doctor."),
        ),
        ("lease-missing", "lease-ended", "clock-skew", "consents-not-fresh"),
    ),
    (
        Mend(HERE, Words("看节点日志；反复出现请报告。", "Look at the node's log, and report what comes again.")),
        ("node-failed", "model-failed", "copy-failed"),
    ),
    (
        Mend(
            HERE,
            Words(
                "node.toml 没有声明合同所约定的：补上声明，或与买方改约。",
                "node.toml does not declare what was agreed: declare it, or amend the contract.",
            ),
        ),
        ("not-declared", "version-not-held", "mark-not-agreed", "blinding-not-declared", "purpose-sees-no-rows"),
    ),
    (
        Mend(
            HERE,
            Words("升级节点，或请交易所重新签发许可。", "Update the node, or have the exchange issue the permit anew."),
        ),
        ("policy-missing", "policy-not-understood", "period-without-beginning"),
    ),
    (
        Mend(CONTRACT, Words("需要更多次数的，由买方加购或续签。", "A buyer who needs more buys more calls.")),
        ("calls-exhausted",),
    ),
    (
        Mend(CONTRACT, Words("由买方续签合同。", "The buyer renews the contract.")),
        ("period-ended", "permit-revoked"),
    ),
    (Mend(CONTRACT, Words("期限开始后即可调用。", "It can be called once its period has begun.")), ("period-not-begun",)),
    (
        Mend(CONTRACT, Words("向交易所了解暂停的原因。", "Ask the exchange why it is suspended.")),
        ("permit-suspended",),
    ),
    (
        Mend(
            CONTRACT,
            Words("买方放慢调用；确需更快的，变更合同。", "The buyer calls more slowly; to be faster, amend the contract."),
        ),
        ("rate-exceeded",),
    ),
    (
        Mend(
            CONTRACT,
            Words("买方照合同调用；需要另外用法的，变更合同。", "The buyer keeps to the contract; another use needs an amended one."),
        ),
        (
            "purpose-not-permitted", "mode-not-permitted", "question-not-permitted", "query-not-permitted",
            "scoring-not-permitted", "report-not-permitted", "policy-forbids", "region-not-permitted",
            "recipient-not-permitted", "batch-too-large", "group-too-small", "blinding-required",
        ),
    ),
    (
        Mend(
            CONTRACT,
            Words("没有当事人的同意或已撤回：不答，也不计费。", "The person did not consent or withdrew: not answered, not billed."),
        ),
        ("consent-missing", "consent-ended-since", "consent-not-checkable"),
    ),
    (
        Mend(
            CONTRACT,
            Words(
                "防止反推个人的限制；确属误伤的，在 node.toml 的 guards 中调整。",
                "It keeps single people from being told; if it hits the wrong buyer, change the guards in node.toml.",
            ),
        ),
        ("probing-limit", "counts-exhausted", "batch-too-near", "batch-too-small", "too-near", "blindings-exhausted"),
    ),
    (
        Mend(
            CALLER,
            Words(
                "买方检查许可和令牌；来路不明且持续增多时，查防火墙。",
                "The buyer checks permit and token; if strangers keep trying, look at the firewall.",
            ),
        ),
        ("token-missing", "permit-or-token-wrong", "no-such-door", "link-wrong", "other-node"),
    ),
    (
        Mend(
            CALLER,
            Words("节点已逐条告知买方怎样改请求。", "The node has told the buyer what to change in the request."),
        ),
        (
            "bad-request", "call-key-missing", "body-too-large", "region-not-stated", "parameter-missing", "parameter-unknown",
            "parameter-type", "parameter-outside", "cursor-wrong", "version-changed", "row-too-large", "keys-repeated",
            "blinding-wrong", "key-not-blinded", "link-expired", "call-key-reused", "answer-gone", "range-outside",
            "receipt-unknown", "acknowledgement-key-missing", "acknowledgement-seal-wrong", "acknowledgement-other-receipt",
            "feature-unfit", "keys-wanted", "rows-wanted", "period-wrong", "period-not-covered",
        ),
    ),
    (
        Mend(
            PASSES,
            Words("买方稍后重试即可；若一直如此，看节点日志。", "The buyer tries again; if it stays so, look at the node's log."),
        ),
        ("source-being-read", "copy-being-made", "worker-restarting", "engine-lost"),
    ),
    (
        Mend(
            PASSES,
            Words(
                "买方稍后重试；经常出现时，增加进程 (workers) 或放宽上限。",
                "The buyer tries again; if it is often so, add workers or raise the limits.",
            ),
        ),
        ("too-many-at-once", "node-busy", "too-slow", "query-too-heavy"),
    ),
)  # fmt: skip
_NOT_KNOWN = Mend(UNKNOWN, Words("看节点日志。", "Look at the node's log."))
_OF_CODES = {code: mend for mend, codes in _MENDS for code in codes}


def mend(code: str) -> Mend:
    """Of a code that a newer part made the log tells more."""
    return _OF_CODES.get(code, _NOT_KNOWN)
