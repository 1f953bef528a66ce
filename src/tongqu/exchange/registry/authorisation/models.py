"""Plans, selections with their bids and scores, agreements with their accounts and assessments, concessions, disclosures."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Actor, Subject

# Five years have at most this many days; the exact day is counted by the calendar.
FIVE_YEARS_DAYS = 1827
SHOWN = ("opened", "won", "lost", "void")


class OperationPlan(Subject):
    """A plan. `form` is its twelve items; what decided, approved and filed it is kept beside."""

    implementer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    form = models.JSONField()
    resources = ArrayField(models.BigIntegerField())
    decision = models.JSONField(null=True)
    approval = models.JSONField(null=True)
    receipt = models.JSONField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_operation_plan"
        verbose_name = "operation plan"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(resources__len__gte=1), name="a_plan_has_its_data"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "filed"]) | Q(decision__isnull=False, approval__isnull=False),
                name="the_approved_were_decided",
            ),
        ]

    def title(self) -> str:
        return self.name


class OperatorSelection(Subject):
    """How an operator is chosen. `bids` is told once the bids were opened."""

    plan = models.ForeignKey(OperationPlan, on_delete=models.PROTECT, related_name="+")
    implementer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    method = models.CharField(max_length=12)
    requirements = models.TextField()
    criteria = models.JSONField()
    invited = ArrayField(models.BigIntegerField(), default=list)
    exception = models.CharField(max_length=64, blank=True)
    bids_until_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    bids = models.IntegerField(null=True)
    winner = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    award = models.JSONField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_operator_selection"
        verbose_name = "operator selection"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["plan"], condition=~Q(state="failed"), name="one_selection_for_a_plan"),
            models.CheckConstraint(
                condition=~Q(state="awarded") | Q(winner__isnull=False, award__isnull=False),
                name="the_awarded_have_a_winner",
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True) | Q(opened_at__gte=F("bids_until_at")),
                name="bids_are_opened_after_their_day",
            ),
        ]

    def title(self) -> str:
        return self.name


class OperationBid(Subject):
    """A bid. Until it is opened there is `box` alone; `content` is what was in it."""

    selection = models.ForeignKey(OperatorSelection, on_delete=models.PROTECT, related_name="+")
    bidder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    box = models.TextField()
    digest = models.CharField(max_length=64)
    content = models.JSONField(null=True)
    unsealed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_operation_bid"
        verbose_name = "operation bid"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["selection", "bidder"], condition=~Q(state="withdrawn"), name="one_bid_of_a_bidder"
            ),
            models.CheckConstraint(
                condition=Q(content__isnull=True, unsealed_at__isnull=True)
                | (
                    Q(unsealed_at__isnull=False, content__isnull=False)
                    & Q(state__in=["opened", "won", "lost", "fallen"])
                ),
                name="a_sealed_bid_has_no_content",
            ),
        ]

    @staticmethod
    def also_visible(actor: Actor) -> Q:
        """Who called for bids sees them once they are open, and not that there are any before."""
        called = OperatorSelection.objects.filter(implementer=actor.party)
        return Q(state__in=SHOWN, selection_id__in=called.values("pk"))

    def title(self) -> str:
        return f"{self.selection.name} · 投标"


class BidScore(models.Model):
    """One expert's points for one bid. Appended; a second scoring by the same expert is refused."""

    bid = models.ForeignKey(OperationBid, on_delete=models.PROTECT, related_name="+")
    expert = models.CharField(max_length=60)
    points = models.JSONField()
    total = models.IntegerField()
    note = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "registry_bid_score"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["bid", "expert"], name="an_expert_scores_a_bid_once"),
            models.CheckConstraint(condition=Q(total__gte=0, total__lte=100), name="a_score_is_of_a_hundred"),
        ]


class OperationAgreement(Subject):
    """An agreement. `form` is its thirteen items. `ends_date` is the last day; five years are the longest."""

    selection = models.ForeignKey(OperatorSelection, on_delete=models.PROTECT, related_name="+")
    implementer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    operator = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    form = models.JSONField()
    resources = ArrayField(models.BigIntegerField())
    share_requests = ArrayField(models.BigIntegerField(), default=list)
    starts_date = models.DateField()
    ends_date = models.DateField()
    ends_at = models.DateTimeField()
    signed = models.JSONField(default=dict)
    receipt = models.JSONField(null=True)
    in_force_at = models.DateTimeField(null=True)
    ended = models.JSONField(null=True)
    revocation = models.JSONField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_operation_agreement"
        verbose_name = "operation agreement"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["selection"], condition=~Q(state="dropped"), name="one_agreement_of_a_selection"
            ),
            models.CheckConstraint(condition=~Q(implementer=F("operator")), name="nobody_authorises_itself"),
            models.CheckConstraint(
                condition=Q(ends_date__gte=F("starts_date")), name="an_operation_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["in_force", "exiting"]) | Q(in_force_at__isnull=False, receipt__isnull=False),
                name="the_operating_are_filed",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["operator", "state"], name="agreements_of_operator")]

    def title(self) -> str:
        return self.name


class OperationEntry(models.Model):
    """One line of the separate accounts of an operation. Appended, never changed; a mistake is put right by another line."""

    agreement = models.ForeignKey(OperationAgreement, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    amount_fen = models.BigIntegerField()
    booked_date = models.DateField()
    text = models.CharField(max_length=200)
    paper = models.CharField(max_length=64, blank=True)
    settlement = models.BigIntegerField(null=True)
    listing = models.BigIntegerField(null=True)
    product = models.CharField(max_length=100, blank=True)
    calls = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "registry_operation_entry"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(kind__in=["income", "cost", "expenditure"]), name="an_entry_is_of_three_kinds"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="an_entry_is_an_amount"),
            models.UniqueConstraint(fields=["agreement", "settlement"], name="a_settlement_is_booked_once"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["agreement", "-id"], name="entries_of_operation")]


class OperationAssessment(models.Model):
    agreement = models.ForeignKey(OperationAgreement, on_delete=models.PROTECT, related_name="+")
    year = models.IntegerField()
    grade = models.CharField(max_length=8)
    text = models.TextField()
    report = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "registry_operation_assessment"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["agreement", "year"], name="one_assessment_a_year")
        ]


class OperationConcession(Subject):
    """One scenario under an agreement, for one developer."""

    agreement = models.ForeignKey(OperationAgreement, on_delete=models.PROTECT, related_name="+")
    developer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    operator = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    implementer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    scenario = models.CharField(max_length=100)
    form = models.JSONField()
    resources = ArrayField(models.BigIntegerField())
    until_date = models.DateField()
    until_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_operation_concession"
        verbose_name = "operation concession"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["agreement", "developer", "scenario"],
                condition=~Q(state__in=["declined", "withdrawn", "ended"]),
                name="one_concession_of_a_scenario",
            )
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["developer", "state"], name="concessions_of_developer")]

    def title(self) -> str:
        return self.scenario


class OperationDisclosure(Subject):
    """What one side of an agreement discloses, period after period. `rows` is what was published last, `usage` what the house
    counted of the period: product by product, from the statements that were settled."""

    agreement = models.ForeignKey(OperationAgreement, on_delete=models.PROTECT, related_name="+")
    discloser = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=12)
    times = models.IntegerField(default=0)
    rows = models.JSONField(default=list)
    usage = models.JSONField(null=True)
    text = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registry_operation_disclosure"
        verbose_name = "operation disclosure"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["agreement", "side"], name="one_disclosure_of_a_side"),
            models.CheckConstraint(condition=Q(side__in=["implementer", "operator"]), name="a_side_is_one_of_two"),
        ]

    def title(self) -> str:
        return f"{self.agreement.name} · 信息披露"
