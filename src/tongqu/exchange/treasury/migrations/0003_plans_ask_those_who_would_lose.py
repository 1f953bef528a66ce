"""A share plan notes everyone whose word it needs, those included whom the plan before it named."""

from django.db import migrations, models

NAMED = """
update treasury_shareplan set asked = (
  select coalesce(jsonb_agg((share->>'party')::bigint), '[]') from jsonb_array_elements(shares) share)
"""


class Migration(migrations.Migration):
    dependencies = [("treasury", "0002_payouts_and_bank_faults")]

    operations = [
        migrations.AddField("shareplan", "asked", models.JSONField(default=list)),
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
    ]
