"""Catalogues of others, the entries taken from them, the jobs that took them, and what could not be taken or understood."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tongqu.exchange.bedrock.procedures import Subject
from tongqu.exchange.registry.harvest.spellings import Question


class Catalog(models.Model):
    """Whose catalogue an entry stands in: a portal of a province, a city or a county (GB/T 2260 code).

    No two bear one name. `whole_at`: when the last import began that gave it whole and was finished.
    """

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200, unique=True)
    region = models.CharField(max_length=6, blank=True)
    whole_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registry_catalog"


class Harvest(Subject):
    """One import of a file. The counters move with its entries, in the same transaction; `position` is the last line read.

    `lines` is an estimate until it has ended, then what was read (`rows_read`). `unmarked`: catalogues given whole of which
    nothing was marked as taken down, though the file lacks some of their entries; the faults say why.
    """

    file = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    catalog_name = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=6, blank=True)
    lines = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)
    rows_read = models.BigIntegerField(default=0)
    fresh = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    same = models.BigIntegerField(default=0)
    lost = models.BigIntegerField(default=0)
    remarks = models.BigIntegerField(default=0)
    alike = models.BigIntegerField(default=0)
    whole = models.BooleanField(default=False)
    gone = models.BigIntegerField(default=0)
    unmarked = models.BigIntegerField(default=0)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "harvest"

    def title(self) -> str:
        return self.name


class Entry(models.Model):
    """One data set in somebody's catalogue. `key` is its number there; `same_as` the entry that says just the same.

    `gone_at`: its catalogue was given whole, and no longer had it.
    """

    # No index of its own: the two that begin with it serve. That it is there, and the import, is looked up by triggers, for
    # all that come with one statement: one by one it took longer than to keep them.
    catalog = models.ForeignKey(
        Catalog, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    department = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=6, blank=True)
    category = models.CharField(max_length=100, blank=True)
    industry = models.CharField(max_length=100, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list)
    opening = models.CharField(max_length=20)
    opening_as_written = models.CharField(max_length=200, blank=True)
    cycle = models.CharField(max_length=20)
    cycle_as_written = models.CharField(max_length=200, blank=True)
    formats = ArrayField(models.CharField(max_length=20), default=list)
    formats_as_written = ArrayField(models.CharField(max_length=60), default=list)
    published_date = models.DateField(null=True)
    updated_date = models.DateField(null=True)
    url = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=32)
    likeness = models.CharField(max_length=32)
    same_as = models.BigIntegerField(null=True)
    harvest = models.ForeignKey(Harvest, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    changed_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registry_entry"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["catalog", "key"], name="one_entry_of_a_key_in_a_catalog")
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["catalog", "likeness"], name="entries_alike")]


class HarvestSeen(models.Model):
    """What an import has brought, until it ends, beside the entries that it wrote last: what it found to say the same, and what
    another wrote since. By both, what comes twice is told, and what is given whole and lacks has gone.

    All of a catalogue may stand here for a while, so neither key is checked or has an index of its own.
    """

    harvest = models.ForeignKey(
        Harvest, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)

    class Meta:
        db_table = "registry_harvest_seen"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["harvest", "entry"], name="an_entry_is_seen_once_in_an_import")
        ]


class HarvestFault(models.Model):
    """What was wrong with a line. `lost`: nothing of it was taken."""

    harvest = models.ForeignKey(Harvest, on_delete=models.CASCADE, related_name="+", db_index=False)
    line = models.BigIntegerField()
    key = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=40)
    zh = models.CharField(max_length=300)
    en = models.CharField(max_length=300)
    raw = models.CharField(max_length=300, blank=True)
    lost = models.BooleanField()

    class Meta:
        db_table = "registry_harvest_fault"
        indexes: ClassVar[list[Any]] = [models.Index(fields=["harvest", "line"], name="faults_by_line")]


class Spelling(Subject):
    """A wording that the reviewed table does not know, until a person says what it means."""

    question = models.CharField(max_length=20)
    spelling = models.CharField(max_length=200)
    meaning = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = "spelling"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["question", "spelling"], name="one_spelling_is_decided_once")
        ]

    def title(self) -> str:
        return f"{Question(self.question).words.zh}：{self.spelling}"
