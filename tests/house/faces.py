"""An import-linter contract: from outside a module only its face may be imported, never a file in it."""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

EXCHANGE = "tongqu.exchange"
DECLARATIONS = "tongqu.exchange.bedrock.procedures"


class FacesContract(Contract):
    """`tongqu.exchange.trading.delivery` may be imported by anyone above; `….delivery.acts` by delivery alone.

    Three exceptions. A floor's `models.py` and `tasks.py` gather what Django and the job queue look for, and migrations
    name the columns they make. A file that knows no Django (rules, entries, inputs …) may take values from another such
    file: the face would bring the tables along.
    """

    type_name = "faces"
    floors = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        broken = []
        for floor in self.floors:  # type: ignore[attr-defined]
            for module in graph.find_children(f"{EXCHANGE}.{floor}"):
                for inner in graph.find_descendants(module):
                    importers = graph.find_modules_that_directly_import(inner)
                    broken += [(who, inner) for who in importers if not _may(graph, who, inner, module, floor)]
        return ContractCheck(kept=not broken, metadata={"broken": sorted(broken)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for who, inner in check.metadata["broken"]:
            output.print_error(f"{who} imports {inner}: take it from {inner.rpartition('.')[0]} instead", bold=False)


def _may(graph: ImportGraph, who: str, inner: str, module: str, floor: str) -> bool:
    if not who.startswith("tongqu.") or who == module or who.startswith(f"{module}."):
        return True
    if who in {f"{EXCHANGE}.{floor}.models", f"{EXCHANGE}.{floor}.tasks"} or ".migrations." in who:
        return True
    return _knows_no_tables(graph, who) and _knows_no_tables(graph, inner)


def _knows_no_tables(graph: ImportGraph, name: str) -> bool:
    """No way leads from this file to Django, but by the face of `procedures`, whose words every declaration uses."""
    way = graph.find_shortest_chain(name, "django")
    return way is None or DECLARATIONS in way
