"""A delivery notes who suspended it: a provider resumes only what it suspended itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trading", "0003_permits_get_their_place_at_the_sync")]

    operations = [migrations.AddField("transfer", "suspended_by", models.BigIntegerField(null=True))]
