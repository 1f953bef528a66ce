"""The models of the sample market are as good as their cards say, and a model's process can do nothing but score."""

from __future__ import annotations

import hashlib
import json
import os
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.demo.modelling import DATA, MODELS, PATIENT, bank_clients, measured, patients, train_covid, train_credit
from tongqu.node.scoring.near import cells
from tongqu.node.scoring.runner import ModelFailed, ModelFile, Runner
from tongqu.node.scoring.scores import codes_of, kept, of_kept, words_of
from tongqu.wire.message import BadMessage, dressed
from tongqu.wire.scoring import Scoring

LABEL = {"zh": "示例", "en": "sample"}


def scoring(**changes):
    """A probability of one feature between 0 and 100; changed as told."""
    feature = {"name": "x", "title": LABEL, "type": "number", "minimum": "0", "maximum": "100", "required": True}
    body = {
        "id": "s", "title": LABEL, "format": "onnx", "model_sha256": "0" * 64, "card_sha256": "1" * 64, "features": [feature],
        "features_from": "sent", "score": "p", "kind_of_score": "probability", "digits": 2, "near_max": 3, **changes,
    }  # fmt: skip
    return Scoring.from_json(dressed(Scoring, body))


def of(names, form):
    features = [
        {"name": name, "title": LABEL, "type": "number", "minimum": "0", "maximum": "1", "required": True}
        for name in names
    ]
    return scoring(format=form, features=features)


def stated(card):
    return {
        each["measure"]: each["value"] for each in json.loads((MODELS / card).read_text(encoding="utf-8"))["measured"]
    }


@pytest.fixture
def run():
    """A model file run for a scoring; its process is ended afterwards."""
    started = []

    def runner(told, content, **bounds):
        started.append(Runner(told, ModelFile(content, **bounds)))
        return started[-1]

    yield runner
    for each in started:
        each.close()


def test_the_credit_model_is_as_good_as_its_card_says_on_clients_it_has_not_seen(run):
    features, came = bank_clients()
    scores = run(of("abcdefgh", "onnx"), (MODELS / "credit_default.onnx").read_bytes()).score(features)
    again = {each["measure"]: each["value"] for each in measured(scores, came)["measured"]}
    assert again == stated("credit_default.card.json")
    assert float(again["auc"]) > 0.75


def test_the_covid_model_is_as_good_as_its_card_says_on_patients_it_has_not_seen(run):
    features, died = patients(DATA / "wuhan_tongji_covid_110.csv")
    scores = run(of(PATIENT, "skops"), (MODELS / "covid_outcome.skops").read_bytes()).score(features)
    again = {each["measure"]: each["value"] for each in measured(scores, died)["measured"]}
    assert again == stated("covid_outcome.card.json")


@pytest.mark.slow
def test_training_anew_gives_the_same_models(run):
    clients, _ = bank_clients()
    told = of("abcdefgh", "onnx")
    shipped = run(told, (MODELS / "credit_default.onnx").read_bytes()).score(clients)
    assert np.allclose(run(told, train_credit()).score(clients), shipped, atol=1e-6)
    ill, _ = patients(DATA / "wuhan_tongji_covid_110.csv")
    told = of(PATIENT, "skops")
    shipped = run(told, (MODELS / "covid_outcome.skops").read_bytes()).score(ill)
    assert np.allclose(run(told, train_covid()).score(ill), shipped, atol=1e-6)


def test_a_models_process_has_no_file_or_socket_left_to_open(run):
    runner = run(of("abcdefgh", "onnx"), (MODELS / "credit_default.onnx").read_bytes())
    runner.score(np.zeros((1, 8), dtype=np.float32))
    process = f"/proc/{runner._process.pid}"
    with open(f"{process}/limits", encoding="ascii") as told:
        limits = {line[:25].strip(): line[26:46].strip() for line in told}
    opened = {int(name) for name in os.listdir(f"{process}/fd")}
    assert opened == set(range(int(limits["Max open files"])))  # every number is taken
    assert limits["Max file size"] == limits["Max core file size"] == "0"
    assert limits["Max address space"].isdigit()
    assert limits["Max cpu time"].isdigit()
    assert not any("socket" in os.readlink(f"{process}/fd/{number}") for number in opened)
    with open(f"{process}/environ", "rb") as told:
        assert b"TONGQU" not in told.read()


def test_a_model_that_wants_more_memory_than_it_may_is_ended(run):
    model = (MODELS / "credit_default.onnx").read_bytes()
    rows = np.zeros((3_000_000, 8), dtype=np.float32)
    assert len(run(of("abcdefgh", "onnx"), model, memory_mb=4_096).score(rows)) == len(rows)
    with pytest.raises(ModelFailed):
        run(of("abcdefgh", "onnx"), model, memory_mb=128).score(rows)


def test_a_pickle_is_not_read(run, tmp_path):
    class Nasty:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "was-run"),))

    for form in ("skops", "onnx"):
        with pytest.raises(ModelFailed):
            run(of("ab", form), pickle.dumps(Nasty())).score(np.zeros((1, 2), dtype=np.float32))
    assert not (tmp_path / "was-run").exists()


def test_a_skops_file_of_another_librarys_types_is_not_read_even_when_trusted(run, tmp_path):
    import io
    import zipfile

    schema = {
        "__class__": "mkdir", "__module__": "posix", "__loader__": "FunctionNode", "__id__": 1, "content": {},
        "protocol": 1, "_skops_version": "0.16.0",
    }  # fmt: skip
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("schema.json", json.dumps(schema))
    with pytest.raises(ModelFailed):
        run(of("ab", "skops"), made.getvalue(), trusted=("posix.mkdir",)).score(np.zeros((1, 2), dtype=np.float32))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.integers(0, 4))
def test_a_probability_is_told_rounded_and_no_finer(values, digits):
    told = scoring(digits=digits)
    codes = codes_of(told, np.array(values))
    for word, value in zip(words_of(told, codes), values, strict=True):
        assert len(word.partition(".")[2]) == digits
        assert abs(float(word) - value) <= 0.5 * 10**-digits + 1e-9
    assert (of_kept(kept(codes)) == codes).all()


def test_bands_include_their_lower_edge():
    told = scoring(edges=["0.1", "0.3"])
    codes = codes_of(told, np.array([0.0, 0.0999, 0.1, 0.2999, 0.3, 1.0]))
    assert words_of(told, codes) == ["<0.1", "<0.1", "[0.1,0.3)", "[0.1,0.3)", ">=0.3", ">=0.3"]


def test_a_number_stays_within_its_declared_range():
    told = scoring(kind_of_score="number", minimum="-10", maximum="10", digits=1)
    assert words_of(told, codes_of(told, np.array([-99.0, -0.04, 3.14159, 99.0]))) == ["-10.0", "0.0", "3.1", "10.0"]


@pytest.mark.parametrize("value", [-0.5, 1.5])
def test_what_is_no_probability_is_not_told(value):
    with pytest.raises(ValueError, match="probability"):
        codes_of(scoring(), np.array([value]))


def test_a_class_that_was_not_declared_is_not_told():
    told = scoring(kind_of_score="class", classes=["low", "high"])
    assert words_of(told, codes_of(told, np.array([1.0, 0.0]))) == ["high", "low"]
    with pytest.raises(ValueError, match="class"):
        codes_of(told, np.array([2.0]))


def test_a_cell_is_a_tenth_of_the_range():
    values = np.array([[0], [9.99], [10], [99.9], [100], [np.nan]], dtype=np.float32)
    assert cells(scoring(), values).ravel().tolist() == [0, 0, 1, 9, 9, -1]


@pytest.mark.parametrize(
    "changes",
    [
        {"digits": 5},
        {"near_max": None},
        {"features_from": "source"},
        {"kind_of_score": "class"},
        {"kind_of_score": "number"},
        {"kind_of_score": "number", "minimum": "3", "maximum": "1"},
        {"edges": ["0.3", "0.1"]},
        {"format": "pickle"},
        {"model_sha256": hashlib.md5(b"").hexdigest()},
        {"features": []},
    ],
)
def test_a_declaration_that_bounds_nothing_is_no_declaration(changes):
    with pytest.raises(BadMessage):
        scoring(**changes)
