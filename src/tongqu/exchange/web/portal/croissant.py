"""A released table described in Croissant 1.0 (MLCommons), so that a program can load its records without being told how."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import catalogue, releases
from tongqu.exchange.registry.catalogue import ResourceView
from tongqu.exchange.registry.releases import ReleaseView
from tongqu.exchange.web.api.problems import problem

CONTEXT: dict[str, Any] = {
    "@language": "zh", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/", "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field",
    "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject", "fileSet": "cr:fileSet", "format": "cr:format",
    "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key",
    "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "samplingRate": "cr:samplingRate", "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source",
    "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip
TYPES = {
    "text": "sc:Text", "whole": "sc:Integer", "number": "sc:Float", "date": "sc:Date", "moment": "sc:DateTime",
    "flag": "sc:Boolean", "other": "sc:Text",
}  # fmt: skip
ENCODINGS = {"application/vnd.apache.parquet": "application/x-parquet"}
"""What Croissant calls a media type, where it is not what is registered."""
LOADED = frozenset({"csv", "json", "parquet"})
"""Formats whose records Croissant can name. A workbook is described as a file alone."""


@require_safe
def description(request: HttpRequest, pk: int) -> HttpResponse:
    """Of the newest version that stands."""
    found = catalogue.in_force([pk])
    standing = [one for one in releases.versions([pk]).get(pk, ()) if not one.withdrawn]
    if not found or not standing:
        return problem(
            404, "unknown", Words("没有这一资源的开放数据", "There is no open data of this resource"),
            Words("开放发布的资源见 /open。", "See /open for what was released."),
        )  # fmt: skip
    body = json.dumps(describe(settings.PUBLIC_URL, found[0], standing[0]), ensure_ascii=False, indent=1)
    answer = HttpResponse(body, content_type="application/ld+json; charset=utf-8")
    answer["Cache-Control"], answer["Access-Control-Allow-Origin"] = "public, max-age=60", "*"
    return answer


def describe(base: str, one: ResourceView, version: ReleaseView) -> dict[str, Any]:
    address = base + reverse("open-file", args=[one.id, version.version, version.file_name])
    told: dict[str, Any] = {
        "@context": CONTEXT, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": one.name, "description": one.abstract, "url": base + reverse("resource", args=[one.id]),
        "version": f"{version.version}.0.0", "datePublished": local_day(version.published_at).isoformat(),
        "license": version.licence_address or version.terms, "inLanguage": "zh",
        "creator": {"@type": "sc:Organization", "name": one.provider},
        "publisher": {"@type": "sc:Organization", "name": one.provider},
        "keywords": list(one.class_names), "identifier": one.code,
        "citeAs": f"{one.provider}：{one.name}，第 {version.version} 版，{address}，SHA-256 {version.sha256}",
        "distribution": [{
            "@type": "cr:FileObject", "@id": version.file_name, "name": version.file_name, "description": version.note,
            "contentUrl": address, "contentSize": f"{version.size} B", "encodingFormat": ENCODINGS.get(version.media_type, version.media_type),
            "sha256": version.sha256,
        }],
    }  # fmt: skip
    if version.period_from_date and version.period_to_date:
        told["temporalCoverage"] = f"{version.period_from_date}/{version.period_to_date}"
    if version.format in LOADED:
        told["recordSet"] = [_records(one, version)]
    return told


def _records(one: ResourceView, version: ReleaseView) -> dict[str, Any]:
    notes = {element.name: element.note for element in one.elements}
    return {
        "@type": "cr:RecordSet", "@id": "records", "name": "records", "description": f"{version.rows:,} 行",
        "field": [
            {
                "@type": "cr:Field", "@id": f"records/{column.name}", "name": column.name,
                "description": notes.get(column.name) or column.name, "dataType": TYPES.get(column.type, "sc:Text"),
                "source": {"fileObject": {"@id": version.file_name}, "extract": _extract(version.format, column.name)},
            }
            for column in version.columns
        ],
    }  # fmt: skip


def _extract(format_: str, column: str) -> dict[str, str]:
    if format_ == "json":
        name = column.replace("\\", "\\\\").replace("'", "\\'")
        return {"jsonPath": f"$[*].'{name}'"}
    return {"column": column}
