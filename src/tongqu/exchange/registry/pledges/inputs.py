"""What is asked when a right is pledged or given into custody. No Django."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, OptionalDay, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words


class Kind(Choice):
    PLEDGE = "pledge", "质押", "Pledge"
    CUSTODY = "custody", "托管", "Custody"


class Pledged(Inputs):
    registration: int = ask("登记", "Registration", widget="registration", head=Words("出质", "The pledge"))
    kind: Kind = ask("种类", "Kind")
    secured: int = ask("质权人（托管人）", "Secured party or custodian", widget="party")
    amount_fen: Annotated[int, Field(ge=1, le=10**15)] | None = ask(
        "担保的债权金额", "Amount secured", unit="fen", default=None, hint=Words("托管的不填", "blank for custody")
    )
    until_date: OptionalDay = ask(
        "约定至", "Agreed until", default=None, hint=Words("期满不自动解除，由质权人解除", "it does not end by itself: the secured party releases it")
    )  # fmt: skip
    terms: str = ask("约定要点", "What was agreed", widget="textarea", min_length=4, max_length=2000)
    paper: Paper = ask("合同", "Contract", widget="paper")

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Pledged:
        if self.kind is Kind.PLEDGE and self.amount_fen is None:
            raise WordsError("质押须写明担保的债权金额", "a pledge secures an amount")
        return self


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class Released(Inputs):
    reason: str = ask("解除原因", "Why it is released", widget="textarea", min_length=2, max_length=1000)
