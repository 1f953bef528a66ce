"""Grants between enterprises, and two-way ones. An exclusive grant meets no other of the same hand: a trigger sees to it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# Empty elements are all of them, empty regions no limit; a division is within another whose code, without its trailing
# pairs of noughts, begins its own. Whoever writes a live grant of the same hand and data waits for the others.
FORWARD = """
create function registry_divisions_meet(one text[], other text[]) returns boolean language sql immutable as $$
  select cardinality(one) = 0 or cardinality(other) = 0 or exists (
    select 1 from unnest(one) a, unnest(other) b
    where starts_with(regexp_replace(a, '(00)+$', ''), regexp_replace(b, '(00)+$', ''))
       or starts_with(regexp_replace(b, '(00)+$', ''), regexp_replace(a, '(00)+$', '')))
$$;
create function registry_grants_do_not_meet() returns trigger language plpgsql as $$
begin
  if new.state not in ('accepted', 'in_force', 'noticed', 'surrendering') then
    return new;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('grants/' || new.resource_id, 7));
  if exists (
    select 1 from registry_grant g
    where g.grantor_id = new.grantor_id and g.resource_id = new.resource_id and g.id <> new.id
      and g.grantee_id <> new.grantee_id and (g.exclusive or new.exclusive)
      and g.state in ('accepted', 'in_force', 'noticed', 'surrendering')
      and g.starts_date <= new.until_date and new.starts_date <= g.until_date
      and g.purposes && new.purposes
      and (cardinality(g.fields) = 0 or cardinality(new.fields) = 0 or g.fields && new.fields)
      and registry_divisions_meet(g.regions::text[], new.regions::text[]))
  then
    raise exception 'an exclusive grant meets another' using errcode = 'exclusion_violation',
      constraint = 'exclusive_grants_do_not_meet';
  end if;
  return new;
end $$;
create trigger exclusive_grants_do_not_meet before insert or update of state on registry_grant
  for each row execute function registry_grants_do_not_meet();
create function registry_grant_stays_as_agreed() returns trigger language plpgsql as $$
begin
  if old.accepted_at is not null and
     (new.grantor_id, new.grantee_id, new.resource_id, new.registration_id, new.parent_id, new.kind, new.fields, new.purposes,
      new.regions, new.starts_date, new.until_date, new.depth, new.exclusive, new.derives)
     is distinct from
     (old.grantor_id, old.grantee_id, old.resource_id, old.registration_id, old.parent_id, old.kind, old.fields, old.purposes,
      old.regions, old.starts_date, old.until_date, old.depth, old.exclusive, old.derives) then
    raise exception 'an accepted grant stays as it was agreed' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger a_grant_stays_as_agreed before update on registry_grant
  for each row execute function registry_grant_stays_as_agreed();
"""
BACK = """
drop trigger a_grant_stays_as_agreed on registry_grant;
drop trigger exclusive_grants_do_not_meet on registry_grant;
drop function registry_grant_stays_as_agreed();
drop function registry_grants_do_not_meet();
drop function registry_divisions_meet(text[], text[]);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0004_nodes_tell_of_drift'),
        ('registry', '0020_public_data_is_operated'),
    ]

    operations = [
        migrations.CreateModel(
            name='GrantPair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('form', models.JSONField()),
                ('small_is_other', models.BooleanField()),
                ('agreed_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('proposer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'two-way grant',
                'db_table': 'registry_grant_pair',
            },
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('kind', models.CharField(max_length=10)),
                ('name', models.CharField(max_length=100)),
                ('level', models.PositiveSmallIntegerField(default=0)),
                ('fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=list, size=None)),
                ('purposes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None)),
                ('regions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), default=list, size=None)),
                ('starts_date', models.DateField()),
                ('until_date', models.DateField()),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('remind_at', models.DateTimeField()),
                ('depth', models.PositiveSmallIntegerField(default=0)),
                ('exclusive', models.BooleanField(default=False)),
                ('derives', models.BooleanField(default=False)),
                ('fee', models.TextField()),
                ('revocation', models.TextField()),
                ('notice_days', models.PositiveSmallIntegerField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('reminded_at', models.DateTimeField(null=True)),
                ('notice', models.JSONField(null=True)),
                ('answer', models.JSONField(null=True)),
                ('effective_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('grantee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('grantor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.grant')),
                ('registration', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registration')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
                ('pair', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.grantpair')),
            ],
            options={
                'verbose_name': 'grant',
                'db_table': 'registry_grant',
            },
        ),
        migrations.AddConstraint(
            model_name='grantpair',
            constraint=models.CheckConstraint(condition=models.Q(('proposer', models.F('other')), _negated=True), name='two_ways_have_two_sides'),
        ),
        migrations.AddConstraint(
            model_name='grantpair',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'agreed'), _negated=True), ('agreed_at__isnull', False), _connector='OR'), name='an_agreed_pair_has_its_moment'),
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(condition=models.Q(('state__in', ('accepted', 'in_force', 'noticed', 'surrendering'))), fields=['grantor', 'resource'], name='grants_by_grantor'),
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(fields=['grantee', 'state'], name='grants_of_grantee'),
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent'], name='grants_below'),
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(condition=models.Q(('registration__isnull', False)), fields=['registration'], name='grants_of_right'),
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(fields=['resource', 'state'], name='grants_of_resource'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('grantor', models.F('grantee')), _negated=True), name='nobody_grants_to_itself'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['use', 'operation'])), name='a_grant_is_of_two_kinds'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('until_date__gte', models.F('starts_date'))), name='a_grant_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('purposes__len__gte', 1)), name='a_grant_has_a_purpose'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('parent__isnull', True), ('parent__lt', models.F('id')), _connector='OR'), name='the_grant_above_is_older'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('level', 0), ('parent__isnull', True)), models.Q(('level__gte', 1), ('parent__isnull', False)), _connector='OR'), name='a_grant_knows_its_level'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('parent__isnull', True), ('registration__isnull', True), _connector='OR'), name='a_grant_stands_on_one_ground'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('accepted', 'in_force', 'noticed', 'surrendering')), _negated=True), ('accepted_at__isnull', False), _connector='OR'), name='a_live_grant_was_accepted'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['noticed', 'surrendering']), _negated=True), models.Q(('effective_at__isnull', False), ('notice__isnull', False)), _connector='OR'), name='an_ending_grant_says_why'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
