"""Works out the declared questions of a version, whole, when it is loaded: one byte a row and question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tongqu.node.engines import Codes, Engine, Unfit, UnfitQuestion, codes
from tongqu.node.sources.kept import Kept
from tongqu.node.sources.tables import SourceFault, source_fault
from tongqu.wire.source import Question

CODES_BYTES_MAX = 256 << 20
"""Of questions that are answered by one reading of the rows."""


def work_out(engine: Engine, kept: Kept, questions: Sequence[Question]) -> Callable[[Question], Iterator[Codes]]:
    """The answer code of each row (0 unknown) of any of the questions, in the order of the rows; worked out when it is first
    wanted, together with the questions after it. Raises SourceFault then, when a column is missing or of another type, and
    EngineLost."""
    found: dict[str, Codes] = {}
    at_once = max(1, CODES_BYTES_MAX // max(1, kept.rows))

    def one(question: Question) -> Iterator[Codes]:
        if question.id not in found:
            first = questions.index(question)
            found.clear()
            found.update(_some(engine, kept, questions[first : first + at_once]))
        yield found.pop(question.id)

    return one


def _some(engine: Engine, kept: Kept, questions: Sequence[Question]) -> dict[str, Codes]:
    try:
        return codes.work_out(engine, kept, kept.rows, questions)
    except UnfitQuestion as unfit:
        raise _unfit(kept.source, unfit.question, unfit.zh, unfit.en) from None
    except Unfit:
        raise _unfit(kept.source, questions[0], "数值无法比较", "a value cannot be compared") from None


def _unfit(source: str, question: Question, zh: str, en: str) -> SourceFault:
    return source_fault(
        "question-unfit",
        f"数据源 {source} 无法回答问题 {question.id}: {zh}。",
        f"Source {source} cannot answer question {question.id}: {en}.",
        "请核对 node.toml 中该问题的列与取值。",
        "Check the question's column and values in node.toml.",
    )
