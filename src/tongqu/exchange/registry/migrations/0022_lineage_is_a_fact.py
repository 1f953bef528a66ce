"""What derived resources stand on, as edges: written once, and never in a circle."""

import django.db.models.deletion
from django.db import migrations, models

# Edges are written one after the other; each looks whether its source is derived from its resource already.
FORWARD = """
create function registry_lineage_has_no_circle() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('lineage', 7));
  if exists (
    with recursive down as (
      select new.resource_id as resource_id
      union select e.resource_id from registry_derivation_edge e join down d on e.source_id = d.resource_id
      where e.until_at is null)
    select 1 from down where resource_id = new.source_id)
  then
    raise exception 'a circle of sources' using errcode = 'check_violation', constraint = 'lineage_has_no_circle';
  end if;
  return new;
end $$;
create trigger lineage_has_no_circle before insert on registry_derivation_edge
  for each row execute function registry_lineage_has_no_circle();
create function registry_edge_is_written_once() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.until_at is not null or
     (new.derivation_id, new.resource_id, new.source_id, new.kind, new.number, new.since_at)
     is distinct from (old.derivation_id, old.resource_id, old.source_id, old.kind, old.number, old.since_at) then
    raise exception 'an edge is written once' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger an_edge_is_written_once before update or delete on registry_derivation_edge
  for each row execute function registry_edge_is_written_once();
"""
BACK = """
drop trigger an_edge_is_written_once on registry_derivation_edge;
drop trigger lineage_has_no_circle on registry_derivation_edge;
drop function registry_edge_is_written_once();
drop function registry_lineage_has_no_circle();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0004_nodes_tell_of_drift'),
        ('registry', '0021_enterprises_grant_each_other'),
    ]

    operations = [
        migrations.CreateModel(
            name='Derivation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=100)),
                ('contract_assigns', models.BooleanField()),
                ('contract', models.CharField(blank=True, max_length=64)),
                ('changed', models.TextField(blank=True)),
                ('valued', models.TextField(blank=True)),
                ('method', models.TextField()),
                ('finding', models.TextField(blank=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
            ],
            options={
                'verbose_name': 'derivation',
                'db_table': 'registry_derivation',
            },
        ),
        migrations.CreateModel(
            name='DerivationEdge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=12)),
                ('number', models.BigIntegerField()),
                ('since_at', models.DateTimeField()),
                ('until_at', models.DateTimeField(null=True)),
                ('ended_because', models.TextField(blank=True)),
                ('derivation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.derivation')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
            ],
            options={
                'db_table': 'registry_derivation_edge',
            },
        ),
        migrations.AddConstraint(
            model_name='derivation',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('refused', 'withdrawn', 'ended')), _negated=True), fields=('resource',), name='one_derivation_of_a_resource'),
        ),
        migrations.AddConstraint(
            model_name='derivation',
            constraint=models.CheckConstraint(condition=models.Q(('contract_assigns', False), models.Q(('contract', ''), _negated=True), _connector='OR'), name='a_contract_that_assigns_is_shown'),
        ),
        migrations.AddConstraint(
            model_name='derivation',
            constraint=models.CheckConstraint(condition=models.Q(('contract_assigns', True), models.Q(models.Q(('changed', ''), _negated=True), models.Q(('valued', ''), _negated=True)), _connector='OR'), name='derived_data_is_new_or_assigned'),
        ),
        migrations.AddConstraint(
            model_name='derivation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'confirmed'), _negated=True), ('confirmed_at__isnull', False), _connector='OR'), name='a_confirmed_derivation_has_its_moment'),
        ),
        migrations.AddIndex(
            model_name='derivationedge',
            index=models.Index(condition=models.Q(('until_at__isnull', True)), fields=['resource'], name='grounds_of_derived'),
        ),
        migrations.AddIndex(
            model_name='derivationedge',
            index=models.Index(condition=models.Q(('until_at__isnull', True)), fields=['source'], name='derived_from_source'),
        ),
        migrations.AddIndex(
            model_name='derivationedge',
            index=models.Index(condition=models.Q(('until_at__isnull', True)), fields=['kind', 'number'], name='derived_on_ground'),
        ),
        migrations.AddConstraint(
            model_name='derivationedge',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['resource', 'open', 'right', 'grant', 'public', 'agreement'])), name='a_ground_is_of_a_known_kind'),
        ),
        migrations.AddConstraint(
            model_name='derivationedge',
            constraint=models.CheckConstraint(condition=models.Q(('resource', models.F('source')), _negated=True), name='nothing_is_derived_from_itself'),
        ),
        migrations.AddConstraint(
            model_name='derivationedge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_because', ''), ('until_at__isnull', True)), models.Q(('until_at__isnull', False), models.Q(('ended_because', ''), _negated=True)), _connector='OR'), name='an_ended_edge_says_why'),
        ),
        migrations.AddConstraint(
            model_name='derivationedge',
            constraint=models.UniqueConstraint(condition=models.Q(('until_at__isnull', True)), fields=('resource', 'kind', 'number', 'source'), name='a_ground_is_named_once'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
