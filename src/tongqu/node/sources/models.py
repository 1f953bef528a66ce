"""Makes a declared model ready: its file is the one declared, its process runs, and the rows of the source can be read."""

from __future__ import annotations

import hashlib

import numpy as np

from tongqu.node.config import SourceConfig
from tongqu.node.scoring.features import MissingColumn, Scorable, check_columns, source_rows
from tongqu.node.scoring.runner import ModelFailed, ModelFile, Runner
from tongqu.node.scoring.scores import codes_of
from tongqu.node.sources.kept import Rows
from tongqu.node.sources.keys import KeyIndex
from tongqu.node.sources.lookups import features_by_row
from tongqu.node.sources.tables import source_fault
from tongqu.wire.scoring import CATEGORY, Feature, Scoring

MODEL_BYTES_MAX = 128 * 1024 * 1024 - 1


def started(config: SourceConfig, scoring: Scoring) -> Runner:
    """The model in its process, tried once on a row in the middle of all ranges. Raises SourceFault."""
    model = config.models[scoring.id]
    try:
        with model.path.open("rb") as file:
            content = file.read(MODEL_BYTES_MAX + 1)
    except OSError:
        raise source_fault(
            "model-missing",
            f"模型 {scoring.id} 的文件不存在或不可读。",
            f"The file of model {scoring.id} is missing or cannot be read.",
            "请检查路径与权限。",
            "Check its path and permissions.",
        ) from None
    if len(content) > MODEL_BYTES_MAX or hashlib.sha256(content).hexdigest() != scoring.model_sha256:
        raise source_fault(
            "model-changed",
            f"模型 {scoring.id} 的文件与所声明的 SHA-256 不符, 或超过 {MODEL_BYTES_MAX >> 20} MB。",
            f"The file of model {scoring.id} is not the one whose SHA-256 is declared, or is over {MODEL_BYTES_MAX >> 20} MB.",
            "请恢复该文件; 更换模型须重新声明并重启节点。",
            "Restore it; another model has to be declared anew and the node restarted.",
        )
    runner = Runner(scoring, ModelFile(content, model.trusted, model.memory_mb, model.seconds))
    try:
        codes_of(
            scoring, runner.score(np.array([[_middle(feature) for feature in scoring.features]], dtype=np.float32))
        )
    except (ModelFailed, ValueError):
        runner.close()
        raise source_fault(
            "model-unfit",
            f"模型 {scoring.id} 无法运行, 或输入输出与声明不符。",
            f"Model {scoring.id} does not run, or its input and output are not as declared.",
            "请核对格式、特征、分数种类与 trusted, 并确认已安装 tongqu[model]。",
            "Check format, features, kind of score and `trusted`, and that tongqu[model] is installed.",
        ) from None
    return runner


def _middle(feature: Feature) -> float:
    if feature.type == CATEGORY:
        return 0.0
    return (float(feature.minimum or 0) + float(feature.maximum or 1)) / 2


def lookup(source: str, scoring: Scoring, rows: Rows, keys: KeyIndex) -> Scorable:
    """The features of every row, in files beside the key index. Raises SourceFault."""
    names = [feature.name for feature in scoring.features]
    try:
        check_columns(scoring, rows.schema)
        features = source_rows(scoring, rows.batches(list(dict.fromkeys(names))))
        return features_by_row(keys, scoring.digest, len(names), rows.rows, features)
    except MissingColumn as missing:
        raise source_fault(
            "model-column-missing",
            f"数据源 {source} 缺少模型 {scoring.id} 所需的列 {missing.feature}, 或其类型不符。",
            f"Source {source} lacks column {missing.feature} that model {scoring.id} needs, or it is of another type.",
            "请核对文件与 node.toml 中的 features。",
            "Check the file and `features` in node.toml.",
        ) from None
