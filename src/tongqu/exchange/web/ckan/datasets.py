"""A data set as CKAN's dictionaries have it. Pure: views in, plain values out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tongqu.exchange.registry import harvest, search
from tongqu.exchange.registry.catalogue import ResourceView
from tongqu.exchange.registry.harvest import EntryView
from tongqu.exchange.registry.releases import LICENCE_ADDRESSES, Licence, ReleaseView

UNSTATED = "notspecified"
OPEN_LICENCES = frozenset({Licence.CC_BY, Licence.CC0, Licence.ODC_BY, Licence.MIT})


def moment(at: datetime) -> str:
    """CKAN's moments are UTC without saying so."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def theme_name(theme: str) -> str:
    return "theme-" + hashlib.sha256(theme.encode()).hexdigest()[:12]


def organization(name: str, title: str, *, kind: str = "organization") -> dict[str, Any]:
    return {
        "id": name, "name": name, "title": title, "display_name": title, "description": "", "image_url": "",
        "image_display_url": "", "type": kind, "is_organization": kind == "organization", "approval_status": "approved",
        "state": "active",
    }  # fmt: skip


def licence(name: str) -> dict[str, Any]:
    if name == UNSTATED:
        return {
            "id": UNSTATED,
            "title": "未写明 / Not specified",
            "url": "",
            "status": "active",
            "is_okd_compliant": False,
        }
    words = Licence(name).words
    return {
        "id": name, "title": f"{words.zh} / {words.en}", "url": LICENCE_ADDRESSES.get(Licence(name), ""), "status": "active",
        "is_okd_compliant": name in OPEN_LICENCES,
    }  # fmt: skip


def of_entry(base: str, one: EntryView) -> dict[str, Any]:
    name = f"entry-{one.id}"
    owner = organization(f"catalog-{one.catalog_id}", one.catalog_name or one.catalog)
    page = f"{base}/entries/{one.id}"
    resources = [
        _resource(name, number, name=format_, url=one.url or page, format=format_)
        for number, format_ in enumerate(one.formats_as_written or one.formats, 1)
    ]
    return _package(
        name, one.title, one.text, page, owner, one.themes, one.tags, resources, one.changed_at, UNSTATED, "", "",
        {
            "source": search.OTHERS, "identifier": one.key, "department": one.department, "region": one.region,
            "industry": one.industry, "opening": one.opening, "opening_as_written": one.opening_as_written,
            "frequency": one.cycle, "frequency_as_written": one.cycle_as_written,
            "issued": str(one.published_date or ""), "modified": str(one.updated_date or ""), "landing_page": one.url,
        },
    )  # fmt: skip


def of_resource(base: str, one: ResourceView, versions: Sequence[ReleaseView]) -> dict[str, Any]:
    name = f"resource-{one.id}"
    standing = [version for version in versions if not version.withdrawn]
    newest = standing[0] if standing else None
    short = search.summary(one, versions)
    resources = [
        _resource(
            name, version.version, name=version.file_name, format=version.format.upper(),
            url=f"{base}/open/{one.id}/{version.version}/{version.file_name}", hash=version.sha256, size=version.size,
            mimetype=version.media_type, description=version.note, created=moment(version.published_at),
        )
        for version in standing
    ]  # fmt: skip
    return _package(
        name, one.name, one.abstract, f"{base}/resources/{one.id}",
        organization(f"holder-{one.holder_id}", one.provider), [short.theme] if short.theme else [], one.class_names, resources,
        short.changed_at, newest.licence if newest else UNSTATED, newest.licence_address if newest else "",
        str(newest.version) if newest else "",
        {
            "source": search.OWN, "identifier": one.code, "department": one.provider, "region": one.region,
            "opening": one.opening, "frequency": short.cycle, "issued": str(one.published_date or ""),
            "modified": str(short.updated_date),
        },
    )  # fmt: skip


def _package(
    name: str, title: str, notes: str, url: str, owner: dict[str, Any], themes: Sequence[str], tags: Sequence[str],
    resources: list[dict[str, Any]], changed: datetime, licence_id: str, licence_url: str, version: str,
    extras: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    words = licence(licence_id)
    return {
        "id": name, "name": name, "title": title, "notes": notes, "url": url, "type": "dataset", "state": "active",
        "private": False, "author": None, "author_email": None, "maintainer": None, "maintainer_email": None,
        "creator_user_id": None, "version": version or None, "isopen": words["is_okd_compliant"], "license_id": licence_id,
        "license_title": words["title"], "license_url": licence_url or None,
        "metadata_modified": moment(changed), "num_resources": len(resources), "num_tags": len(tags), "organization": owner,
        "owner_org": owner["id"], "groups": [group(theme) for theme in themes], "tags": [_tag(tag) for tag in tags],
        "resources": resources, "extras": [{"key": key, "value": value} for key, value in extras.items() if value],
        "relationships_as_object": [], "relationships_as_subject": [],
    }  # fmt: skip


def group(theme: str) -> dict[str, Any]:
    name = theme_name(theme)
    return {"id": name, "name": name, "title": theme, "display_name": theme, "description": "", "image_display_url": ""}


def _tag(tag: str) -> dict[str, Any]:
    return {"id": tag, "name": tag, "display_name": tag, "state": "active", "vocabulary_id": None}


def _resource(package: str, number: int, *, name: str, url: str, format: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{package}-{number}", "package_id": package, "position": number - 1, "name": name, "url": url, "format": format,
        "description": "", "hash": "", "size": None, "mimetype": None, "mimetype_inner": None, "created": None,
        "last_modified": None, "state": "active", "url_type": None, "resource_type": None, "cache_url": None,
        "cache_last_updated": None, "datastore_active": False, **more,
    }  # fmt: skip


def facet_title(field: str, value: str, organizations: Mapping[str, str]) -> str:
    """What people read for a value of a field."""
    if field == "organization":
        return organizations.get(value, value)
    if field == "license_id":
        return str(licence(value)["title"])
    questions = {"res_format": "format", "opening": "opening", "frequency": "cycle"}
    if field in questions:
        try:
            return harvest.MEANINGS[questions[field]](value).words.zh
        except ValueError:
            return value
    return value
