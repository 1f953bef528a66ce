"""The cache that all workers share (sign-in attempts, rate limits): a table, unlogged because losing it loses nothing."""

from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.RunSQL(
            sql=[
                "CREATE UNLOGGED TABLE web_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL)",
                "CREATE INDEX web_cache_expires ON web_cache (expires)",
            ],
            reverse_sql="DROP TABLE web_cache",
        ),
    ]
