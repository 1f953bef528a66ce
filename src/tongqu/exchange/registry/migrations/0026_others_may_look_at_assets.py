"""Banks and auditors look at named assets for a time."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0002_nodes_are_asked_for_more'),
        ('registry', '0025_firms_assess_themselves'),
    ]

    operations = [
        migrations.CreateModel(
            name='AssetMandate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('assets', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('parts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), size=None)),
                ('purpose', models.CharField(max_length=200)),
                ('until_date', models.DateField()),
                ('until_at', models.DateTimeField()),
                ('looks', models.PositiveIntegerField(default=0)),
                ('looked_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('viewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'mandate to look',
                'db_table': 'registry_asset_mandate',
            },
        ),
        migrations.AddIndex(
            model_name='assetmandate',
            index=models.Index(fields=['viewer', '-id'], name='mandates_of_viewer'),
        ),
        migrations.AddConstraint(
            model_name='assetmandate',
            constraint=models.CheckConstraint(condition=models.Q(('holder', models.F('viewer')), _negated=True), name='nobody_is_entrusted_by_itself'),
        ),
        migrations.AddConstraint(
            model_name='assetmandate',
            constraint=models.CheckConstraint(condition=models.Q(('assets__len__gte', 1), ('assets__len__lte', 100)), name='a_mandate_names_its_assets'),
        ),
        migrations.AddConstraint(
            model_name='assetmandate',
            constraint=models.CheckConstraint(condition=models.Q(('until_at__gt', models.F('begun_at'))), name='a_mandate_to_look_ends_after_it_begins'),
        ),
    ]
