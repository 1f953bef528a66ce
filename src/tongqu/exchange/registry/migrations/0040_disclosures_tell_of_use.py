"""Disclosures of an operation tell what was used, as the house counted it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("registry", "0039_public_holders_are_reminded")]

    operations = [
        migrations.AddField('operationentry', 'listing', models.BigIntegerField(null=True)),
        migrations.AddField('operationentry', 'product', models.CharField(blank=True, max_length=100, default=''), preserve_default=False),
        migrations.AddField('operationentry', 'calls', models.BigIntegerField(null=True)),
        migrations.AddField('operationdisclosure', 'usage', models.JSONField(null=True)),
    ]
