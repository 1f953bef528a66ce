"""The public addresses."""

from django.urls import path
from django.views.generic import RedirectView

from tongqu.exchange.web.dcat import pages as dcat
from tongqu.exchange.web.portal import (
    catalogues,
    certificates,
    croissant,
    house,
    likenesses,
    notices,
    opendata,
    pages,
    places,
    sharing,
    standards,
    supply,
)

urlpatterns = [
    path("", pages.home, name="home"),
    path("products", pages.products, name="products"),
    path("products/<int:pk>", pages.product, name="product"),
    path("resources", pages.resources, name="resources"),
    path("resources/<int:pk>", pages.resource, name="resource"),
    path("entries", catalogues.entries, name="entries"),
    path("entries/near", likenesses.near, name="entries-near"),
    path("entries/<int:pk>", catalogues.entry, name="entry"),
    path("catalogues", places.catalogues, name="catalogues"),
    path("elements", standards.standards, name="elements"),
    path("elements/<str:identifier>", standards.standard, name="element"),
    path("supply", supply.supply_list, name="supply"),
    path("supply.csv", supply.aggregate_file, name="supply-file"),
    path("supply/<int:pk>", supply.supply_entry, name="supply-entry"),
    path("catalog", dcat.negotiated, name="catalog"),
    path("catalog.ttl", dcat.catalog, {"form": "ttl"}, name="catalog-turtle"),
    path("catalog.jsonld", dcat.catalog, {"form": "jsonld"}, name="catalog-json"),
    path("resources/<int:pk>.ttl", dcat.resource, {"form": "ttl"}, name="resource-turtle"),
    path("resources/<int:pk>.jsonld", dcat.resource, {"form": "jsonld"}, name="resource-json"),
    path("entries/<int:pk>.ttl", dcat.entry, {"form": "ttl"}, name="entry-turtle"),
    path("entries/<int:pk>.jsonld", dcat.entry, {"form": "jsonld"}, name="entry-json"),
    path("resources/<int:pk>/croissant.json", croissant.description, name="croissant"),
    path("open", opendata.listing, name="open"),
    path("open/<int:pk>/<int:version>/<str:name>", opendata.file, name="open-file"),
    path("notices", notices.notices, name="notices"),
    path("notices/<int:pk>", notices.notice, name="notice"),
    path("sharing", sharing.sharing, name="sharing"),
    path("verify", certificates.ask, name="certificate-ask"),
    path("verify/<str:code>", certificates.certificate, name="certificate"),
    path("verify/<str:code>/file", certificates.file, name="certificate-file"),
    # Printed on every certificate as a QR code, so this address stays.
    path("certificates/<str:code>", RedirectView.as_view(pattern_name="certificate", permanent=True)),
    path("rules", house.rules_in_force, name="rules"),
    path("procedures", house.procedures, name="procedures"),
    path("procedures/<slug:name>", house.procedure, name="procedure"),
    path("log", house.log, name="log"),
    path("log/<path:path>", house.log_file, name="log-file"),
    path("robots.txt", house.robots, name="robots"),
    path("open-data", house.open_data, name="open-data"),
    path("open-data/divisions.csv", house.divisions, name="divisions"),
]
