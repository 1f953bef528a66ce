"""Trains the two models of the sample market and writes their cards: `python -m tongqu.demo.modelling`.

The files in `models/` were made by it and come along, so that nobody has to train to look; a test trains anew and compares.
Quality is measured on rows that were not trained on: other clients, other patients.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np

DATA = Path(__file__).parent / "data"
MODELS = Path(__file__).parent / "models"

CLIENT = ("LIMIT_BAL", "PAY_0", "PAY_2", "PAY_3", "BILL_AMT1", "PAY_AMT1", "PAY_AMT2", "PAY_AMT3")
"""Sex, marriage, education and age are in the published table and are left out: a credit is not to hang on them."""

PATIENT = ("Lactate dehydrogenase", "High sensitivity C-reactive protein", "(%)lymphocyte")
Table = tuple[Any, Any]


def clients() -> Table:
    """The 21,004 clients that are not the sample bank's: what is trained on."""
    with gzip.open(DATA / "credit_default_training.csv.gz", "rt", encoding="utf-8") as file:
        return _table(file, CLIENT, "default_next_month")


def bank_clients() -> Table:
    """The sample bank's 8,996 clients: what is measured on."""
    with (DATA / "credit_default_party_a.csv").open(encoding="utf-8") as file:
        came = {row["ID"]: row["default_next_month"] for row in csv.DictReader(file)}
    with (DATA / "credit_default_history.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    features = np.array([[float(row[name]) for name in CLIENT] for row in rows], dtype=np.float32)
    return features, np.array([int(came[row["ID"]]) for row in rows])


def _table(file: IO[str], names: Iterable[str], outcome: str) -> Table:
    rows = list(csv.DictReader(file))
    features = np.array([[float(row[name]) for name in names] for row in rows], dtype=np.float32)
    return features, np.array([int(float(row[outcome])) for row in rows])


def patients(file: Path) -> Table:
    """Each patient's last value of each of the three tests; patients without one of them are left out."""
    last: dict[str, dict[str, float]] = {}
    with file.open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            told = last.setdefault(row["PATIENT_ID"], {"outcome": float(row["outcome"])})
            told.update({name: float(row[name]) for name in PATIENT if row[name].strip()})
    whole = [told for told in last.values() if all(name in told for name in PATIENT)]
    features = np.array([[told[name] for name in PATIENT] for told in whole], dtype=np.float32)
    return features, np.array([int(told["outcome"]) for told in whole])


def train_credit() -> bytes:
    """Sixty small trees, as ONNX."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType
    from sklearn.ensemble import GradientBoostingClassifier

    features, came = clients()
    model = GradientBoostingClassifier(n_estimators=60, max_depth=3, min_samples_leaf=50, random_state=0)
    model.fit(features, came)
    made = convert_sklearn(
        model,
        initial_types=[("features", FloatTensorType([None, len(CLIENT)]))],
        options={id(model): {"zipmap": False}},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    return bytes(made.SerializeToString())


def train_covid() -> bytes:
    """A logistic regression on three tests, as skops."""
    import skops.io
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features, died = patients(DATA / "wuhan_tongji_covid_375.csv")
    return bytes(skops.io.dumps(make_pipeline(StandardScaler(), LogisticRegression()).fit(features, died)))


def measured(scores: Any, came: Any) -> dict[str, Any]:
    """What a card says of scores on rows that were not trained on: figures and curves."""
    from sklearn.metrics import accuracy_score, brier_score_loss, roc_auc_score, roc_curve

    rows = len(came)
    wrong, right, _ = roc_curve(came, scores)
    kept = np.unique(np.linspace(0, len(wrong) - 1, min(40, len(wrong))).astype(int))
    order = np.argsort(scores, kind="stable")
    parts = [part for part in np.array_split(order, 10) if len(part)]
    return {
        "measured": [
            {"measure": "auc", "value": f"{roc_auc_score(came, scores):.4f}", "rows": rows},
            {"measure": "brier", "value": f"{brier_score_loss(came, scores):.4f}", "rows": rows},
            {"measure": "accuracy", "value": f"{accuracy_score(came, scores >= 0.5):.4f}", "rows": rows},
        ],
        "curves": [
            {"curve": "roc", "points": [_point(wrong[at], right[at]) for at in kept]},
            {"curve": "calibration", "points": [_point(scores[part].mean(), came[part].mean()) for part in parts]},
        ],
    }


def _point(x: float, y: float) -> dict[str, str]:
    return {"x": f"{x:.4f}", "y": f"{y:.4f}"}


CREDIT_CARD: dict[str, Any] = {
    "id": "credit-default",
    "method": {"zh": "梯度提升树（60 棵，深度 3），ONNX", "en": "Gradient-boosted trees (60, depth 3), ONNX"},
    "trained_on": {
        "zh": "UCI“信用卡客户违约”数据中不属于示例银行的 21,004 名客户（中国台湾，2005 年 4 月至 9 月）",
        "en": "21,004 clients of the UCI default data who are not the sample bank's (Taiwan, China, April to September 2005)",
    },
    "measured_on": {
        "zh": "示例银行的 8,996 名客户，均未参与训练",
        "en": "The sample bank's 8,996 clients, none of whom was trained on",
    },
    "intended_use": {
        "zh": "已取得客户授权的贷前、贷后风险评估，作为人工决定的参考之一",
        "en": "Weighing risk before and after a loan with the client's consent, as one thing among others for a person to decide by",
    },
    "limits": [
        {
            "zh": "数据来自 2005 年的一个市场；用于其他年代、地区与人群前须重新测量",
            "en": "The data is of one market in 2005; measure anew before use for other years, places or people",
        },
        {"zh": "不得作为拒绝客户的唯一依据", "en": "Not to be the only ground for turning a client away"},
        {
            "zh": "训练未使用性别、婚姻、教育与年龄，但还款记录可能与之相关",
            "en": "Sex, marriage, education and age were not trained on; repayment may still go with them",
        },
    ],
}  # fmt: skip
COVID_CARD: dict[str, Any] = {
    "id": "covid-outcome",
    "method": {"zh": "逻辑回归（三项血液检验），skops", "en": "Logistic regression on three blood tests, skops"},
    "trained_on": {
        "zh": "同济医院 2020 年 1 至 2 月住院患者 351 人，每人取最后一次检验值",
        "en": "351 in-patients of Tongji Hospital, January and February 2020, the last value of each test",
    },
    "measured_on": {
        "zh": "同院其后入组的 110 名患者，均未参与训练，同样取最后一次检验值",
        "en": "110 later patients of the same hospital, none of whom was trained on, again the last value of each test",
    },
    "intended_use": {"zh": "教学、方法研究与模型交付演示", "en": "Teaching, study of methods and showing how models are delivered"},
    "limits": [
        {
            "zh": "取的是出院或死亡前最后一次检验，离结局越近越准；不能说明入院时的预测能力",
            "en": "The last tests before discharge or death are read, which are nearest to the outcome; this says nothing of how "
            "well it foretells at admission",
        },
        {
            "zh": "一家医院、一段疫情、110 名测试患者；未经其他医院验证",
            "en": "One hospital, one wave, 110 patients measured; not validated elsewhere",
        },
        {"zh": "不是医疗器械，不得用于诊疗决定", "en": "Not a medical device; not for decisions of care"},
    ],
}  # fmt: skip


def card(told: dict[str, Any], scores: Any, came: Any) -> str:
    return json.dumps({**told, **measured(scores, came)}, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Writes models and cards, and prints what was measured."""
    import onnxruntime
    import skops.io

    MODELS.mkdir(exist_ok=True)
    (MODELS / "credit_default.onnx").write_bytes(train_credit())
    features, came = bank_clients()
    session = onnxruntime.InferenceSession((MODELS / "credit_default.onnx").read_bytes())
    credit = card(CREDIT_CARD, session.run(None, {"features": features})[-1][:, 1], came)
    (MODELS / "credit_default.card.json").write_text(credit, encoding="utf-8")

    (MODELS / "covid_outcome.skops").write_bytes(train_covid())
    features, died = patients(DATA / "wuhan_tongji_covid_110.csv")
    model = skops.io.loads((MODELS / "covid_outcome.skops").read_bytes(), trusted=[])
    covid = card(COVID_CARD, model.predict_proba(features)[:, 1], died)
    (MODELS / "covid_outcome.card.json").write_text(covid, encoding="utf-8")
    for text in (credit, covid):
        told = json.loads(text)
        sys.stdout.write(f"{told['id']}: {told['measured']}\n")


if __name__ == "__main__":
    main()
