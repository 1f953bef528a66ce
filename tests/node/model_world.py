"""The node's test market with two models: one reads rows of the source by key, one reads what the buyer sends."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

import httpx

from tests.node.world import TOKEN, World, verification_permit
from tongqu.demo.modelling import MODELS
from tongqu.node.config import read_config
from tongqu.wire.permit import Permit
from tongqu.wire.scoring import Scoring

HISTORY = [
    "ID,LIMIT_BAL,PAY_0,PAY_2,PAY_3,BILL_AMT1,PAY_AMT1,PAY_AMT2,PAY_AMT3",
    "1,20000,2,2,-1,3913,0,689,0",
    "2,500000,-1,-1,-1,1000,1000,1000,1000",
    "3,90000,0,0,0,29239,1518,1500,1000",
    "4,90000,,0,0,29239,1518,1500,1000",
    "5,90000,77,0,0,29239,1518,1500,1000",
    "CANARY-KEY-91c2,90000,0,0,0,867530.25,1518,1500,1000",
]

_CLIENT = [
    ("LIMIT_BAL", 0, 1_000_000), ("PAY_0", -2, 9), ("PAY_2", -2, 9), ("PAY_3", -2, 9),
    ("BILL_AMT1", -1_000_000, 10_000_000), ("PAY_AMT1", 0, 10_000_000), ("PAY_AMT2", 0, 10_000_000), ("PAY_AMT3", 0, 10_000_000),
]  # fmt: skip


def _feature(name: str, low: int, high: int) -> str:
    kind = "number" if "AMT" in name else "whole"
    title = f'{{ zh = "{name}", en = "{name}" }}'
    return f'{{ name = "{name}", title = {title}, type = "{kind}", minimum = "{low}", maximum = "{high}" }}'


def sources(folder: Path) -> str:
    """The TOML of both, over the models of the sample market."""
    (folder / "history.csv").write_text("\n".join(HISTORY) + "\n", encoding="utf-8")
    credit = MODELS / "credit_default.onnx"
    client = ",\n".join(_feature(*each) for each in _CLIENT)
    return f"""
[[sources]]
id = "history"
kind = "csv"
path = "history.csv"
key = "ID"
title = {{ zh = "示例还款历史", en = "Sample repayment history" }}
modes = ["model"]

[[sources.scorings]]
id = "credit-default"
title = {{ zh = "违约概率", en = "Probability of default" }}
model = "{credit}"
card = "{MODELS / "credit_default.card.json"}"
model_sha256 = "{hashlib.sha256(credit.read_bytes()).hexdigest()}"
format = "onnx"
features_from = "source"
score = "probability_of_default"
kind_of_score = "probability"
digits = 2
features = [{client}]

[[sources.scorings]]
id = "credit-sent"
title = {{ zh = "违约概率（自带特征）", en = "Probability of default, features sent" }}
model = "{credit}"
card = "{MODELS / "credit_default.card.json"}"
model_sha256 = "{hashlib.sha256(credit.read_bytes()).hexdigest()}"
format = "onnx"
features_from = "sent"
near_max = 3
score = "probability_of_default"
kind_of_score = "probability"
digits = 2
features = [{client}]
"""


class ModelWorld(World):
    """`scorings` are as the node declares them."""

    def _register(self) -> None:
        with self.config.open("a", encoding="utf-8") as file:
            file.write(sources(self.folder))
        super()._register()
        (history,) = [source for source in read_config(self.config).sources if source.id == "history"]
        self.scorings: dict[str, Scoring] = {scoring.id: scoring for scoring in history.scorings}

    def permit(self, scoring: str, /, **changes: Any) -> Permit:
        values = {
            "id": f"permit-{scoring}", "contract": f"contract-{scoring}", "source": "history", "mode": "model",
            "question": None, "scoring": self.scorings[scoring],
        }  # fmt: skip
        return verification_permit(**{**values, **changes})

    async def score(
        self, scoring: str, /, *, call: str | None = None, token: str = TOKEN, **body: Any
    ) -> httpx.Response:
        told = {"permit": f"permit-{scoring}", "purpose": "信贷审批", "scoring": scoring, **body}
        headers = {"Authorization": f"Bearer {token}", "Tongqu-Call": call or str(uuid.uuid4())}
        async with self.buyer as buyer:
            return await buyer.post("/v1/score", content=json.dumps(told), headers=headers)


def client(**values: float) -> dict[str, float]:
    """What a buyer knows of one client."""
    return {
        "LIMIT_BAL": 90_000, "PAY_0": 0, "PAY_2": 0, "PAY_3": 0,
        "BILL_AMT1": 29_239.5, "PAY_AMT1": 1_518, "PAY_AMT2": 1_500, "PAY_AMT3": 1_000, **values,
    }  # fmt: skip
