"""The public addresses."""

from django.urls import path
from django.views.generic import RedirectView

from tongqu.exchange.web.portal import catalogues, certificates, house, measures, notices, pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("products", pages.products, name="products"),
    path("products/<int:pk>", pages.product, name="product"),
    path("resources", pages.resources, name="resources"),
    path("resources/<int:pk>", pages.resource, name="resource"),
    path("resources/<int:pk>/reports/<int:number>", measures.report, name="resource-report"),
    path("resources/<int:pk>/reports/<int:number>/pdf", measures.report_file, name="resource-report-file"),
    path("entries", catalogues.entries, name="entries"),
    path("entries/<int:pk>", catalogues.entry, name="entry"),
    path("notices", notices.notices, name="notices"),
    path("notices/<int:pk>", notices.notice, name="notice"),
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
    path("open-data", house.open_data, name="open-data"),
    path("open-data/divisions.csv", house.divisions, name="divisions"),
]
