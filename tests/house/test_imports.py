"""Imports look down (.importlinter says how), and the contracts can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.house.repository import ROOT


def test_the_contracts_are_kept() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([str(lint), "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout


def test_faces_notices_an_import_past_the_face() -> None:
    from grimp import ImportGraph

    from tests.house.faces import EXCHANGE, FacesContract

    graph = ImportGraph()
    delivery, acts = f"{EXCHANGE}.trading.delivery", f"{EXCHANGE}.trading.delivery.acts"
    trading, billing = f"{EXCHANGE}.trading", f"{EXCHANGE}.treasury.billing"
    for module in ("tongqu", EXCHANGE, trading, delivery, acts, billing):
        graph.add_module(module)
    graph.add_module("django", is_squashed=True)
    contract = FacesContract(name="faces", session_options={}, contract_options={"floors": ["trading"]})

    graph.add_import(importer=billing, imported=delivery)
    assert contract.check(graph, verbose=False).kept
    graph.add_import(importer=acts, imported="django")
    graph.add_import(importer=billing, imported=acts)
    broken = contract.check(graph, verbose=False)
    assert not broken.kept
    assert broken.metadata["broken"] == [(billing, acts)]
