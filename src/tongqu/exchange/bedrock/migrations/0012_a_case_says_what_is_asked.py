"""A case keeps what was asked for, so that whoever decides reads it: a digest says nothing to a person."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bedrock", "0011_stories_are_folded_in_the_index")]

    operations = [migrations.AddField("case", "asked", models.JSONField(default=dict))]
