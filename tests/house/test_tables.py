"""A table points to its own floor or to one below; a subject has a procedure; the flow waits for what can happen."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.db import models

from tongqu.exchange.bedrock.procedures import Subject, all_procedures
from tongqu.exchange.bedrock.rules import all_rules
from tongqu.exchange.flow import FLOW

FLOORS: list[str] = settings.FLOORS
Pointer = models.ForeignKey | models.OneToOneField | models.ManyToManyField


def _ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in FLOORS]


def _pointers(model: type[models.Model]) -> list[Pointer]:  # type: ignore[type-arg]
    fields = [*model._meta.local_fields, *model._meta.local_many_to_many]
    return [field for field in fields if isinstance(field, Pointer)]


def _module(model: type[models.Model]) -> str:
    """`tongqu.exchange.trading.delivery.models` → `trading.delivery`."""
    return ".".join(model.__module__.split(".")[2:4])


def test_tables_point_to_their_own_floor_or_below() -> None:
    up = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in _ours()
        for field in _pointers(model)
        if field.related_model._meta.app_label in FLOORS
        and FLOORS.index(field.related_model._meta.app_label) > FLOORS.index(model._meta.app_label)
    ]
    assert up == []


def test_across_modules_nothing_points_back() -> None:
    """Without `related_name="+"` the table below would grow a way up."""
    back = [
        f"{model._meta.label}.{field.name}"
        for model in _ours()
        for field in _pointers(model)
        if field.related_model._meta.app_label in FLOORS
        and _module(field.related_model) != _module(model)
        and not field.remote_field.hidden
    ]
    assert back == []


def test_tables_are_named_after_their_floor() -> None:
    strange = [
        f"{model._meta.label}: {model._meta.db_table}"
        for model in _ours()
        if not model._meta.db_table.startswith(f"{model._meta.app_label}_")
    ]
    assert strange == []


def test_every_subject_has_a_procedure() -> None:
    with_one = {table.model for table in all_procedures()}
    without = [
        model._meta.label for model in _ours() if issubclass(model, Subject) and model._meta.label not in with_one
    ]
    assert without == []


def test_every_procedure_has_a_subject() -> None:
    for table in all_procedures():
        assert issubclass(apps.get_model(table.model), Subject), table.name


def test_the_flow_waits_only_for_what_some_table_can_produce() -> None:
    can_happen = {f"{table.name}.{act.name}" for table in all_procedures() for act in table.acts}
    can_happen |= {f"{table.name}.{act}" for table in all_procedures() for act in OF_EVERY_TABLE}
    can_happen |= {f"{table.name}.{one.name}" for table in all_procedures() for one in table.also}
    assert sorted(set(FLOW) - can_happen) == []


OF_EVERY_TABLE = ("begin", "hold", "lift")


def test_the_flow_only_takes_steps_that_can_be_called() -> None:
    assert all(callable(step) for steps in FLOW.values() for step in steps)


def test_a_rule_names_only_questions_that_a_form_it_judges_asks() -> None:
    """So that its refusal can stand beside the answer; a question that was called anew would be marked nowhere."""
    asked: dict[str, set[str]] = {}
    for table in all_procedures():
        for entry in (table.begins, *table.also, *table.acts):
            for rule in entry.rules:
                asked.setdefault(rule.name, set()).update(entry.asks.model_fields)
    strange = [(rule.name, name) for rule in all_rules() for name in rule.asks if name not in asked.get(rule.name, ())]
    assert strange == []
    assert sum(bool(rule.asks) for rule in all_rules()) > 150
