"""What a reminder is about. No Django."""

from __future__ import annotations

from pydantic import Field

from tongqu.exchange.bedrock.inputs import Inputs


class Due(Inputs):
    registration: int = Field(ge=1, title="登记", description="Registration")
    months: int = Field(ge=1, le=60, title="提前月数", description="Months before")


class PublicDue(Inputs):
    registration: int = Field(ge=1, title="公共数据登记", description="Registration of public data")
    days: int = Field(ge=1, le=366, title="提前天数", description="Days before")
