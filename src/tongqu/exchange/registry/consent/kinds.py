"""Kinds of personal information as notices, consents and policies name them. No Django.

The sensitive ones are those that the law names (PIPL art. 28); of those under fourteen everything is.
"""

from __future__ import annotations

from tongqu.exchange.bedrock.inputs import Choice


class Kind(Choice):
    IDENTITY = "identity", "身份信息", "Identity"
    CONTACT = "contact", "联系方式", "Contact"
    HOUSEHOLD = "household", "家庭与婚姻", "Household"
    EDUCATION = "education", "教育与就业", "Education and employment"
    PROPERTY = "property", "财产与信用", "Property and credit"
    CONSUMPTION = "consumption", "消费与用能", "Consumption"
    DEVICE = "device", "设备与网络标识", "Devices and identifiers"
    BIOMETRIC = "biometric", "生物识别", "Biometric"
    RELIGION = "religion", "宗教信仰", "Religion"
    SPECIAL_IDENTITY = "special_identity", "特定身份", "Special identity"
    HEALTH = "health", "医疗健康", "Health"
    FINANCIAL_ACCOUNT = "financial_account", "金融账户", "Financial accounts"
    WHEREABOUTS = "whereabouts", "行踪轨迹", "Whereabouts"
    MINORS = "minors", "不满十四周岁未成年人的个人信息", "Of those under fourteen"


SENSITIVE = frozenset(
    {
        Kind.BIOMETRIC, Kind.RELIGION, Kind.SPECIAL_IDENTITY, Kind.HEALTH, Kind.FINANCIAL_ACCOUNT, Kind.WHEREABOUTS,
        Kind.MINORS,
    }
)  # fmt: skip
"""PIPL art. 28."""


class Form(Choice):
    """How somebody consented (F7). Whether what a trustee says is a separate consent in the law's sense is open; it is told apart."""

    GENERAL = "general", "一般同意", "Consent"
    SEPARATE = "separate", "单独同意", "Separate consent"
    WRITTEN = "written", "书面同意", "Consent in writing"
    GUARDIAN = "guardian", "监护人同意", "Consent of a guardian"
    TRUSTEE = "trustee", "受托者代为同意", "Consent by a trustee"


class Channel(Choice):
    """Who made the first step, and where."""

    ASKED = "asked", "经征求", "When asked"
    SELF = "self", "本人主动", "Of their own accord"
    PORTAL = "portal", "在本所页面", "On the exchange's pages"
    TRUST = "trust", "由受托者代为表示", "By a trustee"


GIVEN, REFUSED, WITHDRAWN = "given", "refused", "withdrawn"
WHATS = (GIVEN, REFUSED, WITHDRAWN)


class Right(Choice):
    """What a person may ask for (PIPL arts. 24, 44-50; NDR arts. 23, 25)."""

    ACCESS = "access", "查阅", "Access"
    COPY = "copy", "复制", "A copy"
    TRANSFER = "transfer", "转移", "Transfer"
    CORRECT = "correct", "更正、补充", "Correction"
    DELETE = "delete", "删除", "Deletion"
    RESTRICT = "restrict", "限制或者拒绝处理", "Restriction"
    EXPLAIN = "explain", "解释说明", "Explanation"


CITES = {
    "access": "PIPL:45", "copy": "PIPL:45", "transfer": "PIPL:45", "correct": "PIPL:46", "delete": "PIPL:47",
    "restrict": "PIPL:44", "explain": "PIPL:48",
}  # fmt: skip
