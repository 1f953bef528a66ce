"""Standards of data elements; one source of each in a place, held by an exclusion of ranges; disputes and vacancies."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
create function registry_authority_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.until_at is null and new.until_at is not null
     and (new.id, new.element_number, new.identifier, new.claim_id, new.region, new.territory, new.ground, new.since_at)
       = (old.id, old.element_number, old.identifier, old.claim_id, old.region, old.territory, old.ground, old.since_at)
     and new.conflict_id is not distinct from old.conflict_id then
    return new;
  end if;
  raise exception 'who was the source is not rewritten: it ends once' using errcode = 'restrict_violation';
end $$;
create trigger authority_stays before update or delete on registry_authority
  for each row execute function registry_authority_stays();
create trigger authorities_stay before truncate on registry_authority
  for each statement execute function registry_authority_stays();
"""
BACK = """
drop trigger authorities_stay on registry_authority;
drop trigger authority_stays on registry_authority;
drop function registry_authority_stays();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0001_initial'),
        ('registry', '0005_versions_of_resources'),
    ]

    operations = [
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('identifier', models.CharField(max_length=20)),
                ('item', models.CharField(max_length=200)),
                ('role', models.CharField(max_length=10)),
                ('region', models.CharField(blank=True, max_length=6)),
                ('ground', models.TextField(blank=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('challenges', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.claim')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
            ],
            options={
                'verbose_name': 'source claim',
            },
        ),
        migrations.CreateModel(
            name='Conflict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('identifier', models.CharField(max_length=20)),
                ('element_name', models.CharField(max_length=100)),
                ('scope', models.CharField(max_length=20)),
                ('region', models.CharField(max_length=6)),
                ('held', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), size=None)),
                ('incumbent_statement', models.TextField(blank=True)),
                ('challenger_statement', models.TextField(blank=True)),
                ('papers', models.JSONField(default=list)),
                ('outcome', models.CharField(blank=True, max_length=20)),
                ('regions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), default=list, size=None)),
                ('reason', models.TextField(blank=True)),
                ('decided_by', models.BigIntegerField(null=True)),
                ('objection', models.TextField(blank=True)),
                ('first_outcome', models.CharField(blank=True, max_length=20)),
                ('first_reason', models.TextField(blank=True)),
                ('challenger', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('challenger_claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.claim')),
                ('incumbent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('incumbent_claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.claim')),
                ('objector', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'source conflict',
            },
        ),
        migrations.CreateModel(
            name='Authority',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('element_number', models.BigIntegerField()),
                ('identifier', models.CharField(max_length=20)),
                ('region', models.CharField(max_length=6)),
                ('territory', django.contrib.postgres.fields.ranges.BigIntegerRangeField()),
                ('ground', models.CharField(max_length=20)),
                ('since_at', models.DateTimeField()),
                ('until_at', models.DateTimeField(null=True)),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.claim')),
                ('conflict', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.conflict')),
            ],
            options={
                'db_table': 'registry_authority',
            },
        ),
        migrations.CreateModel(
            name='Element',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('identifier', models.CharField(max_length=20)),
                ('version', models.IntegerField()),
                ('root', models.BigIntegerField(default=0)),
                ('name', models.CharField(max_length=100)),
                ('aliases', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), default=list, size=None)),
                ('definition', models.TextField()),
                ('type', models.CharField(max_length=20)),
                ('length_max', models.IntegerField(null=True)),
                ('format', models.CharField(blank=True, max_length=200)),
                ('codes', models.JSONField(default=list)),
                ('domain', models.CharField(blank=True, max_length=500)),
                ('standard', models.CharField(blank=True, max_length=200)),
                ('scope', models.CharField(max_length=20)),
                ('reason', models.TextField(blank=True)),
                ('in_force_at', models.DateTimeField(null=True)),
                ('proposer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('steward', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'element',
            },
        ),
        migrations.AddField(
            model_name='claim',
            name='element',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.element'),
        ),
        migrations.CreateModel(
            name='Vacancy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('identifier', models.CharField(max_length=20)),
                ('element_name', models.CharField(max_length=100)),
                ('region', models.CharField(max_length=6)),
                ('reason', models.TextField(blank=True)),
                ('claim', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.claim')),
                ('filled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.claim')),
            ],
            options={
                'verbose_name': 'source vacancy',
            },
        ),
        migrations.AddConstraint(
            model_name='conflict',
            constraint=models.UniqueConstraint(fields=('challenger_claim',), name='one_conflict_of_a_challenge'),
        ),
        migrations.AddConstraint(
            model_name='conflict',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['opened', 'heard'])), fields=('incumbent_claim',), name='one_open_conflict_about_a_source'),
        ),
        migrations.AddIndex(
            model_name='authority',
            index=models.Index(fields=['identifier', 'region'], name='authorities_by_element'),
        ),
        migrations.AddIndex(
            model_name='authority',
            index=models.Index(fields=['claim'], name='authorities_by_claim'),
        ),
        migrations.AddConstraint(
            model_name='authority',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('until_at__isnull', True)), expressions=[('territory', '&&')], name='one_source_of_an_element_in_a_place'),
        ),
        migrations.AddConstraint(
            model_name='element',
            constraint=models.UniqueConstraint(fields=('identifier', 'version'), name='one_element_of_a_version'),
        ),
        migrations.AddConstraint(
            model_name='element',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('identifier',), name='one_version_of_an_element_in_force'),
        ),
        migrations.AddConstraint(
            model_name='element',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'adopted'])), fields=('identifier',), name='one_version_of_an_element_under_way'),
        ),
        migrations.AddConstraint(
            model_name='element',
            constraint=models.CheckConstraint(condition=models.Q(('identifier__regex', '^[A-Z]{2,6}[0-9]{3,8}$')), name='an_element_identifier_has_its_form'),
        ),
        migrations.AddConstraint(
            model_name='element',
            constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='versions_of_elements_count_from_one'),
        ),
        migrations.AddConstraint(
            model_name='element',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'in_force'), _negated=True), models.Q(('in_force_at__isnull', False), ('steward__isnull', False)), _connector='OR'), name='an_element_in_force_has_a_steward'),
        ),
        migrations.AddIndex(
            model_name='claim',
            index=models.Index(fields=['identifier', 'state'], name='claims_by_element'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'standing')), fields=('resource', 'item'), name='one_element_for_an_item'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(condition=models.Q(('settled_at__isnull', True), ('state', 'standing')), fields=('challenges',), name='one_open_challenge_to_a_source'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('challenges__isnull', True), ('region', ''), ('role', 'user')), models.Q(('region__regex', '^[0-9]{6}$'), ('role', 'source')), _connector='OR'), name='a_source_is_one_somewhere'),
        ),
        migrations.AddConstraint(
            model_name='vacancy',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('identifier', 'region'), name='one_open_vacancy_of_a_place'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
