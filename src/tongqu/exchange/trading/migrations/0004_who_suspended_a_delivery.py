"""A delivery notes who suspended it: a provider resumes only what it suspended itself."""

from django.db import migrations, models

FROM_THE_LOG = """
update trading_transfer t set suspended_by = (
  select (f.actor->>'party')::bigint from bedrock_fact f
  where f.procedure = 'transfer' and f.act = 'suspend' and f.subject_id = t.id order by f.id desc limit 1)
where t.state = 'suspended'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("trading", "0003_permits_get_their_place_at_the_sync"),
        ("bedrock", "0008_posting_looks_up_one_by_one"),
    ]

    operations = [
        migrations.AddField("transfer", "suspended_by", models.BigIntegerField(null=True)),
        migrations.RunSQL(FROM_THE_LOG, migrations.RunSQL.noop),
    ]
