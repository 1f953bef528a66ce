"""What a data element may tell of a person or an organisation. No Django.

Sensitive are the kinds that the law names (PIPL 28); others may be so by what is done with them, which a person says.
"""

from __future__ import annotations

from tongqu.exchange.bedrock.inputs import Choice


class Kind(Choice):
    NONE = "none", "不指向个人或组织", "Of nobody"
    ORGANISATION = "organisation", "组织标识", "Identifier of an organisation"
    NAME = "name", "姓名", "Name of a person"
    ID_NUMBER = "id_number", "证件或个人编号", "Document or personal number"
    PHONE = "phone", "联系电话", "Telephone"
    EMAIL = "email", "电子邮箱", "E-mail"
    ADDRESS = "address", "住址", "Address of a person"
    PARTICULARS = "particulars", "个人基本情况", "Particulars of a person"
    PLATE = "plate", "车辆号牌", "Number plate"
    DEVICE = "device", "网络与设备标识", "Network or device"
    ACCOUNT = "account", "金融账户", "Financial account"
    HEALTH = "health", "医疗健康", "Health"
    BIOMETRIC = "biometric", "生物识别", "Biometrics"
    SPECIFIC = "specific", "特定身份、宗教信仰", "Specific identity or religion"
    WHEREABOUTS = "whereabouts", "行踪轨迹", "Whereabouts"
    CHILD = "child", "不满十四周岁未成年人", "Children under fourteen"

    @property
    def personal(self) -> bool:
        return self not in {Kind.NONE, Kind.ORGANISATION}

    @property
    def sensitive(self) -> bool:
        return self in SENSITIVE


SENSITIVE = frozenset({Kind.ACCOUNT, Kind.HEALTH, Kind.BIOMETRIC, Kind.SPECIFIC, Kind.WHEREABOUTS, Kind.CHILD})

# What a node looks for in the values of a column, and what each is a sign of.
OF_PATTERN = {
    "id_card": Kind.ID_NUMBER,
    "passport": Kind.ID_NUMBER,
    "credit_code": Kind.ORGANISATION,
    "mobile": Kind.PHONE,
    "phone": Kind.PHONE,
    "bank_card": Kind.ACCOUNT,
    "plate": Kind.PLATE,
    "email": Kind.EMAIL,
    "address": Kind.ADDRESS,
    "person_name": Kind.NAME,
    "ip": Kind.DEVICE,
}
