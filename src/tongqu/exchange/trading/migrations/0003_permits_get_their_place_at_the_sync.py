"""A permit's place in its node's order is given when the node asks, not while it is written: writers no longer queue."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("trading", "0002_contracts_are_flagged_and_printed")]

    operations = [
        migrations.AlterField("permit", "cursor", models.BigIntegerField(null=True)),
        migrations.AddField("permit", "fresh", models.BooleanField(default=False), preserve_default=False),
        migrations.AlterField("permit", "fresh", models.BooleanField(default=True)),
        migrations.AddIndex(
            "permit", models.Index(condition=models.Q(("fresh", True)), fields=["node"], name="permits_fresh")
        ),
    ]
