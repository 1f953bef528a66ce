"""An import-linter contract: from outside a module only its face may be imported, never a file in it."""

from __future__ import annotations

import ast
from functools import cache

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

from tests.house.repository import SOURCE

EXCHANGE = "tongqu.exchange"
DECLARATIONS = "tongqu.exchange.bedrock.procedures"


class FacesContract(Contract):
    """`tongqu.exchange.trading.delivery` may be imported by anyone above; `….delivery.acts` by delivery alone.

    A face may show a file as a whole (`parties.credit_code`, a noun with a few pure functions) by naming it in `__all__`.

    A floor's `models.py` gathers tables for Django; nobody imports it.

    Three exceptions. A floor's `models.py` and `tasks.py` gather what Django and the job queue look for, and migrations
    name the columns they make. A file that knows no Django (rules, entries, inputs …) may take values from another such
    file: the face would bring the tables along.
    """

    type_name = "faces"
    floors = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        broken = []
        for floor in self.floors:  # type: ignore[attr-defined]
            gathered = f"{EXCHANGE}.{floor}.models"
            if gathered in graph.modules:
                importers = graph.find_modules_that_directly_import(gathered)
                broken += [(who, gathered) for who in importers if _is_ours(who)]
            for module in graph.find_children(f"{EXCHANGE}.{floor}"):
                for inner in graph.find_descendants(module):
                    importers = graph.find_modules_that_directly_import(inner)
                    broken += [(who, inner) for who in importers if not _may(graph, who, inner, module, floor)]
        return ContractCheck(kept=not broken, metadata={"broken": sorted(broken)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for who, inner in check.metadata["broken"]:
            output.print_error(f"{who} imports {inner}: take it from {inner.rpartition('.')[0]} instead", bold=False)


def _is_ours(who: str) -> bool:
    return who.startswith("tongqu.")


def _may(graph: ImportGraph, who: str, inner: str, module: str, floor: str) -> bool:
    if not _is_ours(who) or who == module or who.startswith(f"{module}."):
        return True
    if inner.removeprefix(f"{module}.") in _shown(module):
        return True
    if who in {f"{EXCHANGE}.{floor}.models", f"{EXCHANGE}.{floor}.tasks"} or ".migrations." in who:
        return True
    return _knows_no_tables(graph, who) and _knows_no_tables(graph, inner)


@cache
def _shown(module: str) -> frozenset[str]:
    """What the face names in `__all__`."""
    face = SOURCE.joinpath(*module.split(".")[1:], "__init__.py")
    for node in ast.parse(face.read_text("utf-8")).body if face.exists() else ():
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def _knows_no_tables(graph: ImportGraph, name: str) -> bool:
    """No way leads from this file to Django, but by the face of `procedures`, whose words every declaration uses."""
    way = graph.find_shortest_chain(name, "django")
    return way is None or DECLARATIONS in way
