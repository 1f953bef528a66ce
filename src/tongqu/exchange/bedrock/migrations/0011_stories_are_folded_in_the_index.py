"""The index of a subject's facts carries the act too; built beside the old one, so that acts go on."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("bedrock", "0010_papers_a_person_hands_in")]

    operations = [
        AddIndexConcurrently(
            "fact",
            models.Index(fields=["procedure", "subject_id", "id"], include=("act",), name="bedrock_fact_story"),
        ),
        RemoveIndexConcurrently("fact", "bedrock_fact_of_subject"),
    ]
