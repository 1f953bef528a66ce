"""The addresses of the desks. A procedure's own come last: their names are free words."""

from django.urls import path
from django.views.generic import RedirectView

from tongqu.exchange.web.desks import (
    acting,
    balances,
    desk,
    inventory,
    keys,
    machines,
    money,
    of_consent,
    of_grading,
    of_harvest,
    of_measures,
    of_registrars,
    oversight,
    stewardship,
    story,
    subject,
)
from tongqu.exchange.web.portal import sharing

urlpatterns = [
    path("desk", desk.desk, name="desk"),
    path("desk/", RedirectView.as_view(pattern_name="desk")),
    path("desk/acting", acting.choose, name="desk-acting"),
    path("desk/keys", keys.keys, name="desk-keys"),
    path("desk/nodes", machines.machines, name="desk-nodes"),
    path("desk/account", money.account, name="desk-account"),
    path("desk/bank", money.bank, name="desk-bank"),
    path("desk/balances", balances.balances, name="desk-balances"),
    path("desk/oversight", oversight.oversight, name="desk-oversight"),
    path("desk/oversight/retry", oversight.retry, name="desk-oversight-retry"),
    path("desk/oversight/<slug:which>", oversight.oversight, name="desk-oversight-list"),
    path("desk/data", stewardship.stewardship, name="desk-data"),
    path("desk/data/spellings", stewardship.decide, name="desk-data-spellings"),
    path("desk/sharing", sharing.oversight, name="desk-sharing"),
    path("desk/gradings", of_grading.gradings, name="desk-gradings"),
    path("desk/gradings/<slug:which>", of_grading.gradings, name="desk-gradings-of"),
    path("desk/assets", inventory.inventory, name="desk-assets"),
    path("desk/assets/disclosure", inventory.disclosure, name="desk-disclosure"),
    path("desk/assets/ledger.csv", inventory.ledger, name="desk-ledger-file"),
    path("desk/asset_mandate/<int:pk>/assets/<int:number>", inventory.look, name="desk-look"),
    path("desk/proof/<int:fact>", story.proof, name="desk-proof"),
    path("desk/harvest/<int:pk>/faults.csv", of_harvest.faults_file, name="desk-harvest-faults"),
    path("desk/consents/<int:pk>/faults.csv", of_consent.faults_file, name="desk-consent-faults"),
    path("desk/deidentification/<int:pk>/pdf", of_measures.report_file, name="desk-deidentification-pdf"),
    path("desk/<slug:name>", desk.listing, name="desk-list"),
    path("desk/<slug:name>/new", subject.new, name="desk-new"),
    path("desk/<slug:name>/<int:pk>", subject.subject, name="desk-subject"),
    path("desk/registrar_report/<int:pk>/pdf", of_registrars.report_file, name="desk-registrar-report-pdf"),
    path("desk/contract/<int:pk>/pdf", story.contract_pdf, name="desk-contract-pdf"),
    path("desk/negotiation/<int:pk>/text/pdf", story.text_pdf, name="desk-text-pdf"),
    path("desk/<slug:name>/<int:pk>/paper/<slug:digest>", story.paper, name="desk-paper"),
]
