"""The tables of the evidence log. Facts are written inside the act's transaction; the rest is the integrator's."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact


class ExactJSON(models.Field):  # type: ignore[type-arg]  # generic in its stubs only
    """PostgreSQL `json`: keeps the text it was given byte by byte, so that a digest over it holds for ever.

    `jsonb` would reorder keys and respell numbers, and then a proof would rest on how one database version does that.
    """

    def db_type(self, connection: object) -> str:
        return "json"


def _is_long(field: str, octets: int, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Exact(Length(field), octets), name=name)


class Fact(models.Model):
    """One act, as it happened. The salt keeps the public digest from being guessed from a short body."""

    at = models.DateTimeField()
    procedure = models.TextField()
    act = models.TextField()
    subject_id = models.BigIntegerField()
    actor = ExactJSON()
    body = ExactJSON()
    salt = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        indexes = (
            models.Index(
                # With the act, so that the story of a delivery, a fact a minute, is counted and folded without its facts.
                fields=["procedure", "subject_id", "id"],
                include=["act"],
                name="bedrock_fact_story",
            ),
        )
        constraints = (_is_long("salt", 32, "bedrock_fact_salt"), _is_long("digest", 32, "bedrock_fact_digest"))


class Fresh(models.Model):
    """The queue: facts that wait for their place. Filled by the act, emptied by the integrator.

    Without a foreign key: the row comes from the same statement as its fact, and facts cannot be deleted; the check
    would cost every act a row lock.
    """

    fact = models.OneToOneField(
        Fact, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )


class Leaf(models.Model):
    """The place of a fact in the log: dense positions from 0."""

    position = models.BigIntegerField(primary_key=True)
    fact = models.OneToOneField(Fact, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    leaf_hash = models.BinaryField()

    class Meta:
        constraints = (
            _is_long("leaf_hash", 32, "bedrock_leaf_hash"),
            models.CheckConstraint(condition=models.Q(position__gte=0), name="bedrock_leaf_position"),
        )


class Tile(models.Model):
    """A full tile: 256 hashes of height 8·level, and the root over them, which is one hash of the tile above.

    Partial tiles are not stored: they are the last leaves, or the roots of the last tiles, so nothing is ever updated.
    """

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    pk = models.CompositePrimaryKey("level", "index")

    class Meta:
        constraints = (_is_long("hashes", 256 * 32, "bedrock_tile_hashes"), _is_long("root", 32, "bedrock_tile_root"))


class Checkpoint(models.Model):
    """What the log signed of itself, every time. `number` is dense, so that a missing one shows."""

    number = models.BigIntegerField(primary_key=True)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    key = models.TextField()  # the verifier key that opens the note, since keys are replaced over the years

    class Meta:
        constraints = (_is_long("root", 32, "bedrock_checkpoint_root"),)
