"""The description of the API, OpenAPI 3.1, made from the same declarations that validate and perform.

Two acts may ask for different things under one Python name (`Reason`), so what a request asks for is named after its
operation; errors are described as the problem+json that they are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser

from tongqu.exchange.web.api import problems

PROBLEM = "application/problem+json"
REFUSALS = (400, 401, 403, 404, 408, 409, 413, 422, 429, 503)
REFUSALS_TO_ANYONE = (400, 404, 422, 429)
NO_BODY: dict[str, Any] = {}


class _Told(Schema):
    """An answer that is a problem, as the framework wraps it."""

    response: problems.Problem


class Description(OpenAPISchema):
    """The whole document."""

    def request_body(self, operation: Operation) -> dict[str, Any]:
        known, self.schemas = self.schemas, {}
        body: dict[str, Any] = super().request_body(operation)
        fresh, self.schemas = self.schemas, known
        if not body:
            return body
        owner = operation.operation_id or operation.view_func.__name__
        names = {name: f"{owner}_{name}" for name in fresh}
        self.schemas.update({names[name]: _renamed(schema, names) for name, schema in fresh.items()})
        body["required"] = bool(_required(fresh)) or "multipart/form-data" in body["content"]
        described: dict[str, Any] = _renamed(body, names)
        return described

    def responses(self, operation: Operation) -> dict[Any, Any]:
        """What the operation declares, and what any call may be answered with instead.

        The latter is added here and not declared: the framework would make a model for each of two thousand answers, two
        seconds of every start.
        """
        refusals = REFUSALS if operation.auth_callbacks else REFUSALS_TO_ANYONE
        told: Any = _Told  # the framework's annotation asks for a model of inputs
        schema = self._create_schema_from_model(told, mode="serialization")[0]
        described = {
            status: {"description": HTTPStatus(status).phrase, "content": {PROBLEM: {"schema": schema}}}
            for status in refusals
        }
        return {**super().responses(operation), **described}


def _required(schemas: dict[str, Any]) -> bool:
    return any(schema.get("required") for schema in schemas.values())


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """The schema with its references pointing to the new names."""
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    prefix = "#/components/schemas/"
    if isinstance(value, str) and value.startswith(prefix) and value.removeprefix(prefix) in names:
        return prefix + names[value.removeprefix(prefix)]
    return value


class StrictParser(Parser):
    """JSON and nothing else: no NaN, no duplicate names. An empty body asks for nothing, as an empty object does."""

    def parse_body(self, request: HttpRequest) -> Any:
        if not request.body:
            return NO_BODY
        return json.loads(request.body, parse_constant=_no_constant, object_pairs_hook=_once, parse_float=_finite)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("too large a number")
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


class DescribedAPI(NinjaAPI):
    """The API with its description, problems for refused methods, and errors that keep their words."""

    _described: dict[str, Description]

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        prefix = path_prefix if path_prefix is not None else self.get_root_path(path_params or {})
        kept = self.__dict__.setdefault("_described", {})
        if prefix not in kept:
            kept[prefix] = Description(self, prefix)
        described: OpenAPISchema = kept[prefix]
        return described

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def validation_error_from_error_contexts(self, error_contexts: list[Any]) -> ValidationError:
        errors: list[dict[str, Any]] = []
        for context in error_contexts:
            flat = context.model.__ninja_flatten_map_reverse__
            for fault in context.pydantic_validation_error.errors(include_url=False, include_input=False):
                where = (context.model.__ninja_param_source__, *flat.get(fault["loc"], fault["loc"]))
                errors.append({**fault, "loc": where})
        return ValidationError(errors)

    @property
    def urls(self) -> tuple[list[Any], str, str]:
        patterns, app, namespace = super().urls
        for pattern in patterns:
            if pattern.callback is not None:
                pattern.callback = _problem_when_not_allowed(pattern.callback)
        return patterns, app, namespace


def _problem_when_not_allowed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        return problems.not_allowed(response) if response.status_code == 405 else response

    return answering
