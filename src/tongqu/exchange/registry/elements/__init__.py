"""One element, one source, one standard (一数一源一标准): standards of data elements, who is the source of each, where, and how that is disputed."""

from tongqu.exchange.registry.elements import steps
from tongqu.exchange.registry.elements.procedure import ELEMENT, SOURCE_CLAIM, SOURCE_CONFLICT, SOURCE_VACANCY
from tongqu.exchange.registry.elements.queries import (
    ClaimView,
    ElementPage,
    ElementView,
    ItemView,
    SourceView,
    element,
    elements,
    items_of,
    source_of,
    sources,
    suggested,
    users,
)

__all__ = [
    "ELEMENT", "SOURCE_CLAIM", "SOURCE_CONFLICT", "SOURCE_VACANCY", "ClaimView", "ElementPage", "ElementView",
    "ItemView", "SourceView", "element", "elements", "items_of", "source_of", "sources", "steps", "suggested", "users",
]  # fmt: skip
