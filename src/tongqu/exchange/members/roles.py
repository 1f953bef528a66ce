"""The roles on the exchange, in words, and which of them exclude or reserve what. No Django."""

from __future__ import annotations

from tongqu.exchange.bedrock.inputs import Choice


class Role(Choice):
    """What an organisation may do here. `administrator` is not granted to it: each has it over itself alone."""

    SUPPLIER = "supplier", "数据提供方", "Supplier"
    BUYER = "buyer", "数据需求方", "Buyer"
    DATA_MERCHANT = "data_merchant", "数据商", "Data merchant"
    REGISTRAR = "registrar", "登记机构", "Registrar"
    PUBLIC_REGISTRAR = "public_registrar", "公共数据资源登记机构", "Registrar of public data"
    REVIEWER = "reviewer", "交易场所审查员", "Reviewer of the exchange"
    FINANCE = "finance", "交易场所结算员", "Finance of the exchange"
    MEDIATOR = "mediator", "调解机构", "Mediator"
    REGULATOR = "regulator", "监管部门", "Regulator"
    DATA_AUTHORITY = "data_authority", "数据主管部门", "Data authority"
    EXCHANGE_ADMINISTRATOR = "exchange_administrator", "交易场所管理员", "Exchange administrator"
    ADMINISTRATOR = "administrator", "单位管理员", "Administrator of the organisation"


ROLE_WORDS = {role.value: role.words for role in Role}

# SEED work 10: who runs the exchange may not sell on it.
SELLING_ROLES = frozenset({"supplier", "data_merchant"})
# Roles that carry public power or the exchange's own hand: only an exchange administrator grants them.
RESERVED_ROLES = frozenset(
    {
        "registrar",
        "public_registrar",
        "reviewer",
        "finance",
        "mediator",
        "regulator",
        "data_authority",
        "exchange_administrator",
    }
)
# Of these, the exchange's own hand: only the organisation that operates it has them.
OPERATOR_ROLES = frozenset({"reviewer", "finance", "exchange_administrator"})
# Every role that an organisation can be granted.
ORGANISATION_ROLES = frozenset(role.value for role in Role) - {"administrator"}
