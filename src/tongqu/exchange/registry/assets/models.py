"""Data assets of enterprises, the invoices that feed their cost ledger, its lines, and how each asset is recognised.

Lines of the ledger are appended and never changed (a trigger refuses it): a mistake is reversed by a line of its own.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject

HEX = "^[0-9a-f]{64}$"


class Asset(Subject):
    """One data asset in an enterprise's inventory: a catalogue entry of its own, and the rights registered in it."""

    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    officer = models.CharField(max_length=60)
    department = models.CharField(max_length=100, blank=True)
    note = models.TextField(blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "data asset"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["holder", "resource"], condition=~Q(state="retired"), name="an_asset_is_inventoried_once"
            ),
            models.CheckConstraint(condition=~Q(officer=""), name="an_asset_has_its_officer"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["holder", "-id"], name="assets_of_holder"),
            models.Index(fields=["resource"], name="assets_of_resource"),
        ]

    def title(self) -> str:
        return self.name


class PlatformInvoice(Subject):
    """What one bill of this exchange means for one side: a purchase, the fee of a sale, or the sale itself."""

    party = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8)
    bill = models.BigIntegerField()
    name = models.CharField(max_length=100)
    other = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    billed_date = models.DateField()
    # How often it was allotted: each time makes another edition of its lines.
    times = models.PositiveSmallIntegerField(default=0)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_platform_invoice"
        verbose_name = "platform invoice"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["bill", "kind"], name="a_bill_is_one_invoice_for_a_side"),
            models.CheckConstraint(condition=Q(kind__in=["purchase", "fee", "sale"]), name="an_invoice_has_its_kind"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="an_invoice_is_for_something"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["party", "-id"], name="invoices_of_party")]

    def title(self) -> str:
        return self.name


_COST = Q(reverses__isnull=True, amount_fen__gt=0, treatment__in=["capitalise", "expense"])
_PROVED = Q(invoice__isnull=True, paper__regex=HEX) & ~Q(voucher="")
_IS_OF_AN_INVOICE = Q(source="invoice", invoice__isnull=False) & _COST
_IS_OF_A_VOUCHER = Q(source="voucher") & _PROVED & _COST
_IS_WRITTEN_DOWN = Q(source="voucher", reverses__isnull=True, amount_fen__lt=0, treatment="impair") & _PROVED


class CostLine(models.Model):
    """One line of the cost ledger: from an invoice of this exchange or a filed voucher; reversed by another line.

    `treatment` is what the table of costs said on the day: `capitalise` or `expense`; `impair` lowers what was capitalised.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=8)
    invoice = models.ForeignKey(PlatformInvoice, on_delete=models.PROTECT, related_name="+", null=True)
    part = models.PositiveSmallIntegerField(default=0)
    voucher = models.CharField(max_length=60, blank=True)
    paper = models.CharField(max_length=64, blank=True)
    edition = models.PositiveSmallIntegerField(default=0)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, related_name="+", null=True)
    item = models.CharField(max_length=20)
    way = models.CharField(max_length=10)
    asset_class = models.CharField(max_length=10)
    treatment = models.CharField(max_length=10)
    decided = models.CharField(max_length=40)
    cite = models.CharField(max_length=60)
    amount_fen = models.BigIntegerField()
    incurred_date = models.DateField()
    booked_date = models.DateField()
    text = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "registry_cost_line"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=_IS_OF_AN_INVOICE | _IS_OF_A_VOUCHER | _IS_WRITTEN_DOWN | Q(source="reversal", reverses__isnull=False),
                name="a_line_names_its_invoice_or_voucher",
            ),
            models.UniqueConstraint(
                fields=["invoice", "part", "edition"], condition=Q(source="invoice"), name="an_invoice_is_booked_once"
            ),
            models.UniqueConstraint(
                fields=["holder", "voucher", "edition"], condition=Q(source="voucher"), name="a_voucher_is_booked_once"
            ),
        ]  # fmt: skip
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["asset", "id"], name="lines_of_asset"),
            models.Index(fields=["holder", "booked_date"], name="lines_of_holder"),
        ]


class AssetRecognition(Subject):
    """How an asset is recognised, as its holder judged it: the answers, the class that the table gave, the memo."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    form = models.JSONField()
    asset_class = models.CharField(max_length=10)
    row = models.CharField(max_length=40)
    way = models.CharField(max_length=10)
    useful_months = models.PositiveSmallIntegerField(null=True)
    ready_date = models.DateField(null=True)
    concluded_at = models.DateTimeField(null=True)
    event = models.CharField(max_length=60, blank=True)
    paper = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_asset_recognition"
        verbose_name = "asset recognition"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(asset_class__in=["intangible", "inventory", "disclose"]),
                name="an_asset_is_of_three_classes",
            ),
            models.UniqueConstraint(
                fields=["asset"], condition=Q(state="drafted"), name="one_recognition_is_drafted_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["drafted", "withdrawn"]) | Q(concluded_at__isnull=False),
                name="the_recognised_was_concluded",
            ),
            models.CheckConstraint(
                condition=Q(useful_months__isnull=True) | Q(useful_months__gte=1, useful_months__lte=600),
                name="a_useful_life_has_an_end",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["asset", "-concluded_at"], name="recognitions_of_asset")]

    def title(self) -> str:
        return self.asset.name


NOT_FOR_BOOKS = "不得入账 NOT TO BE BOOKED"


class Valuation(Subject):
    """An indicative value: its factors, how it was worked out, the result. It says of itself that it is not to be booked."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=8)
    base_date = models.DateField()
    form = models.JSONField()
    steps = models.JSONField()
    result_fen = models.BigIntegerField()
    mark = models.CharField(max_length=40, default=NOT_FOR_BOOKS)
    issued_at = models.DateTimeField(null=True)
    paper = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_asset_valuation"
        verbose_name = "valuation"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(method__in=["cost", "income", "market"]), name="a_value_has_its_method"),
            models.CheckConstraint(condition=Q(mark=NOT_FOR_BOOKS), name="a_value_says_it_is_not_booked"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["asset", "-id"], name="valuations_of_asset"),
            models.Index(fields=["paper"], condition=~Q(paper=""), name="valuations_by_paper"),
        ]

    def title(self) -> str:
        return self.asset.name
