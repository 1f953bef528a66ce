"""The resource catalogue: what data there is, who holds it, where it stands and what was measured on it."""

from tongqu.exchange.registry.catalogue import steps
from tongqu.exchange.registry.catalogue.procedure import RESOURCE
from tongqu.exchange.registry.catalogue.purposes import Purpose
from tongqu.exchange.registry.catalogue.queries import (
    ElementView,
    ResourcePage,
    ResourceView,
    blocks,
    catalogued,
    in_force,
    is_source_of,
    resource,
    resources_of,
)
from tongqu.exchange.registry.catalogue.versions import Change, Versions, VersionView, versions_of

__all__ = [
    "RESOURCE", "Change", "ElementView", "Purpose", "ResourcePage", "ResourceView", "VersionView", "Versions", "blocks", "catalogued", "in_force",
    "is_source_of", "resource", "resources_of", "steps", "versions_of",
]  # fmt: skip
