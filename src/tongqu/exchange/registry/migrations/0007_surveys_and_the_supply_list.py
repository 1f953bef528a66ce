"""Surveys of the data that organisations have, their answers, and the entries of the supply list."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0001_initial'),
        ('registry', '0006_elements_and_their_sources'),
    ]

    operations = [
        migrations.CreateModel(
            name='Survey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=100)),
                ('purpose', models.TextField()),
                ('regions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), default=list, size=None)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), default=list, size=None)),
                ('industries', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), default=list, size=None)),
                ('reminds_at', models.DateTimeField(null=True)),
                ('closes_at', models.DateTimeField(null=True)),
                ('asked_up_to', models.BigIntegerField(default=0)),
                ('reason', models.TextField(blank=True)),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'survey',
            },
        ),
        migrations.CreateModel(
            name='SurveyAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('survey_name', models.CharField(max_length=100)),
                ('closes_at', models.DateTimeField()),
                ('data_sets', models.JSONField(default=list)),
                ('nothing_because', models.CharField(blank=True, max_length=500)),
                ('contact_name', models.CharField(blank=True, max_length=60)),
                ('contact_phone', models.CharField(blank=True, max_length=30)),
                ('respondent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('survey', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.survey')),
            ],
            options={
                'verbose_name': 'survey answer',
            },
        ),
        migrations.CreateModel(
            name='SupplyEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('place', models.IntegerField(null=True)),
                ('name', models.CharField(max_length=100)),
                ('description', models.TextField()),
                ('industry', models.CharField(max_length=3)),
                ('kind', models.CharField(max_length=20)),
                ('records', models.BigIntegerField(null=True)),
                ('size_megabytes', models.BigIntegerField(null=True)),
                ('cycle', models.CharField(max_length=20)),
                ('personal', models.BooleanField()),
                ('willing', models.CharField(max_length=10)),
                ('public', models.BooleanField()),
                ('contact_name', models.CharField(blank=True, max_length=60)),
                ('contact_phone', models.CharField(blank=True, max_length=30)),
                ('reason', models.TextField(blank=True)),
                ('listed_at', models.DateTimeField(null=True)),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('resource', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
                ('answer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.surveyanswer')),
            ],
            options={
                'verbose_name': 'supply entry',
                'db_table': 'registry_supply_entry',
            },
        ),
        migrations.AddConstraint(
            model_name='survey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'open'), _negated=True), ('closes_at__isnull', False), _connector='OR'), name='an_open_survey_has_a_term'),
        ),
        migrations.AddConstraint(
            model_name='surveyanswer',
            constraint=models.UniqueConstraint(fields=('survey', 'respondent'), name='one_answer_to_a_survey'),
        ),
        migrations.AddIndex(
            model_name='supplyentry',
            index=models.Index(fields=['state', 'public'], name='supply_entries_listed'),
        ),
        migrations.AddConstraint(
            model_name='supplyentry',
            constraint=models.UniqueConstraint(fields=('answer', 'place'), name='one_entry_for_a_data_set_of_an_answer'),
        ),
        migrations.AddConstraint(
            model_name='supplyentry',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'withdrawn'), _negated=True), fields=('resource',), name='one_supply_entry_for_a_resource'),
        ),
        migrations.AddConstraint(
            model_name='supplyentry',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'withdrawn'), _negated=True), fields=('holder', 'name'), name='one_supply_entry_of_a_name'),
        ),
        migrations.AddConstraint(
            model_name='supplyentry',
            constraint=models.CheckConstraint(condition=models.Q(('industry__regex', '^[A-T][0-9]{0,2}$')), name='a_supply_entry_has_an_industry'),
        ),
    ]
