"""A call that is not answered, and the reasons that belong to no constraint of the permit."""

from __future__ import annotations

from tongqu.node.permits import Reason
from tongqu.wire.words import Words


class Refusal(Exception):
    """The call is not answered and not billed. Carries every reason."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        self.reasons = reasons
        super().__init__(", ".join(reason.code for reason in reasons))


KEY_REUSED = Reason(
    "call-key-reused",
    "call",
    Words("该调用编号已用于另一请求。", "This call key was used for another request."),
    Words("重试须与原请求完全相同; 新的请求请用新的编号。", "Repeat the same request, or use a new key for a new one."),
)
ANSWER_GONE = Reason(
    "answer-gone",
    "call",
    Words("该次调用的答案已无法重现。", "The answer of this call can no longer be given again."),
    Words(
        "回执仍可查询; 如有异议请在交易所提出。", "The receipt can still be fetched; object at the exchange if needed."
    ),
)
COPY_BEING_MADE = Reason(
    "copy-being-made",
    "copy",
    Words("本合同的副本正在生成。", "The copy for this contract is being made."),
    Words("未计费。请稍后以同一编号重试。", "Nothing was billed. Try again with the same key."),
    retry_after_seconds=2,
)
COPY_FAILED = Reason(
    "copy-failed",
    "copy",
    Words("本合同的副本未能生成。", "The copy for this contract could not be made."),
    Words("未计费。节点会自动再试; 请告知提供方。", "Nothing was billed. The node tries again; tell the provider."),
    retry_after_seconds=60,
)
NOT_A_DATASET = Reason(
    "mode-not-permitted",
    "action",
    Words("该许可不是数据集许可。", "This permit is not for a data set."),
    Words("请使用数据集合同的许可。", "Use the permit of a contract for a data set."),
)
NOT_WRITABLE = Reason(
    "journal-unwritable",
    "meter",
    Words("节点暂时无法记账, 因此不作答。", "The node cannot meter now, so it does not answer."),
    Words("未计费。请稍后以同一编号重试。", "Nothing was billed. Try again with the same key."),
    retry_after_seconds=5,
)
SOURCE_BEING_READ = Reason(
    "source-being-read",
    "target",
    Words("节点正在读入该数据源。", "The node is still reading this source."),
    Words(
        "未计费。请稍后以同一编号重试; 若一直如此, 请联系提供方。",
        "Nothing was billed. Try again with the same key; if it stays so, ask the provider.",
    ),
    retry_after_seconds=1,
)
"""For a moment after each start, of the node or of one of its workers."""

DISK_FULL = Reason(
    "disk-full",
    "meter",
    Words(
        "节点的磁盘将满, 为不丢失回执而不作答。",
        "The node's disk is nearly full; it answers nothing it could not keep.",
    ),
    Words(
        "未计费。腾出空间后自行恢复, 请稍后以同一编号重试。",
        "Nothing was billed. It goes on once there is room; try again with the same key.",
    ),
    retry_after_seconds=60,
)
NO_ACKNOWLEDGEMENT_KEY = Reason(
    "acknowledgement-key-missing",
    "acknowledgement",
    Words("本合同没有登记确认密钥。", "No acknowledgement key is registered for this contract."),
    Words("请买方先在交易所为该交付登记确认密钥。", "The buyer registers one for the delivery at the exchange first."),
)
BAD_ACKNOWLEDGEMENT = Reason(
    "acknowledgement-seal-wrong",
    "acknowledgement",
    Words(
        "确认书格式不对, 或不是以登记的密钥签署。",
        "The acknowledgement is malformed or not sealed with the registered key.",
    ),
    Words("请以登记的确认密钥重新签署。", "Sign it anew with the registered key."),
)
OTHER_RECEIPT = Reason(
    "acknowledgement-other-receipt",
    "acknowledgement",
    Words("该序号的回执与确认书所指的不同。", "The receipt of that number is another than the acknowledgement names."),
    Words(
        "请先核对回执; 不一致的可在交易所提出异议。",
        "Check your receipts first; object at the exchange if they differ.",
    ),
)
RECEIPT_UNKNOWN = Reason(
    "receipt-unknown",
    "receipt",
    Words("该合同没有这个序号的回执。", "The contract has no receipt of this number."),
    Words("请核对序号。", "Check the number."),
)
