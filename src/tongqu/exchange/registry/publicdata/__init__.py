"""Public-data registration (公共数据资源登记): first, change, correction, renewal, cancellation; the register; the duty to register."""

from tongqu.exchange.registry.publicdata import steps
from tongqu.exchange.registry.publicdata.discretion import sees_objectors
from tongqu.exchange.registry.publicdata.inputs import CancelGround, What
from tongqu.exchange.registry.publicdata.kinds import KINDS, SHORT
from tongqu.exchange.registry.publicdata.procedure import (
    PUBLIC_CANCELLATION,
    PUBLIC_CHANGE,
    PUBLIC_CORRECTION,
    PUBLIC_DUTY,
    PUBLIC_REGISTRATION,
    PUBLIC_RENEWAL,
)
from tongqu.exchange.registry.publicdata.queries import (
    Notice,
    NoticePage,
    ObjectionView,
    RecordPage,
    RecordView,
    by_code,
    content_of,
    notice,
    notices,
    objections,
    owes,
    record,
    register,
    registrations_of,
    standing,
)

__all__ = [
    "KINDS",
    "PUBLIC_CANCELLATION",
    "PUBLIC_CHANGE",
    "PUBLIC_CORRECTION",
    "PUBLIC_DUTY",
    "PUBLIC_REGISTRATION",
    "PUBLIC_RENEWAL",
    "SHORT",
    "CancelGround",
    "Notice",
    "NoticePage",
    "ObjectionView",
    "RecordPage",
    "RecordView",
    "What",
    "by_code",
    "content_of",
    "notice",
    "notices",
    "objections",
    "owes",
    "record",
    "register",
    "registrations_of",
    "sees_objectors",
    "standing",
    "steps",
]  # fmt: skip
