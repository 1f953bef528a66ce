"""A step set aside for a hold is marked, so that it is taken at once when the hold is lifted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bedrock", "0008_posting_looks_up_one_by_one")]

    operations = [
        migrations.AddField("stuckstep", "held", models.BooleanField(default=False, db_default=False)),
    ]
