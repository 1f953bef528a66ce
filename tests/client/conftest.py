"""A whole house for the client's stories: the exchange over HTTP, its keeper in a thread, a node as a process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.api.town import ENTRY, Town, now, settle
from tests.grading import grade
from tests.node.processes import NodeProcess
from tongqu.exchange.bedrock.procedures import begin, perform
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import catalogue, grading
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.node.enrol import enrol


@dataclass
class House:
    """Where it stands, and two products on sale."""

    url: str
    town: Town
    node: NodeProcess
    verification: int
    dataset: int


def _keep(stop: threading.Event) -> None:
    try:
        while not stop.is_set():
            settle()
            stop.wait(0.05)
    finally:
        connection.close()


@pytest.fixture
def keeper(transactional_db: None) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=_keep, args=(stop,), daemon=True)
    thread.start()
    yield stop
    stop.set()
    thread.join(20)


@pytest.fixture
def node(live_server: Any, tmp_path: Path) -> Iterator[NodeProcess]:
    folder = tmp_path / "node"
    folder.mkdir()
    process = NodeProcess(folder, live_server.url)
    text = process.config.read_text().replace("[serve]", f'address = "{process.url}"\n\n[serve]')
    process.config.write_text(text)
    yield process
    if process.process is not None and process.process.poll() is None:
        process.stop()


@pytest.fixture
def house(live_server: Any, keeper: threading.Event, node: NodeProcess, settings: Any, tmp_path: Path) -> House:
    settings.PAPERS_ROOT = tmp_path / "papers"
    town = Town()
    secret = nodes.enrol(by=town.actor(town.supplier), at=now(), name="示例节点").secret
    known = enrol(node.config, enrolment_key=secret)
    node.start()
    _wait(lambda: bool(nodes.sources(int(known.node))), "the node to declare its source")
    resource = begin(RESOURCE, by=town.actor(town.supplier), at=now(), **ENTRY, node=int(known.node)).subject
    perform(RESOURCE, "measure", resource, by=town.actor(town.supplier), at=now())
    _wait(lambda: catalogue.resource(resource).state == "catalogued", "the measurement")
    _wait(lambda: grading.preparing(resource) is not None, "the grading to be opened")
    grade(
        resource, holder=town.actor(town.supplier), office=town.actor(town.operator), at=now(),
        settle=lambda at: _wait(lambda: _rests(resource), "the grading to take effect"),
    )  # fmt: skip
    verification = town.published(resource)
    dataset = town.published(
        resource, name="示例逾期数据集", mode="dataset", question="", price_kind="fixed", price_micro_yuan=None,
        price_fen=1_200,
    )  # fmt: skip
    town.pays_in(town.buyer, 1_000)
    return House(live_server.url, town, node, verification, dataset)


def _rests(resource: int) -> bool:
    pk = grading.preparing(resource)
    return pk is None or grading.dossier(pk).view.state != "confirmed"


def _wait(until: Any, what: str) -> None:
    pause = threading.Event()
    for _ in range(200):
        if until():
            return
        pause.wait(0.1)
    raise AssertionError(f"waited in vain for {what}")
