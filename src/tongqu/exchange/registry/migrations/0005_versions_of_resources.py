"""What a catalogued resource said before an update can be read and cited; resources in the catalogue begin with version 1."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
insert into registry_resource_version (resource_id, number, at, party, person, content)
select r.id, 1, r.changed_at, r.holder_id, null, jsonb_build_object(
  'name', r.name, 'kind', r.kind, 'personal', r.personal, 'class_names', to_jsonb(r.class_names), 'abstract', r.abstract,
  'format', r.format, 'sharing', r.sharing, 'sharing_condition', r.sharing_condition, 'sharing_mode', r.sharing_mode,
  'opening', r.opening, 'opening_condition', r.opening_condition, 'cycle', r.cycle, 'related', to_jsonb(r.related),
  'items', r.items)
from registry_resource r where r.published_date is not null;
create function registry_resource_version_stays() returns trigger language plpgsql as $$
begin
  raise exception 'a version of a resource does not change' using errcode = 'restrict_violation';
end $$;
create trigger resource_version_stays before update or delete on registry_resource_version
  for each row execute function registry_resource_version_stays();
create trigger resource_versions_stay before truncate on registry_resource_version
  for each statement execute function registry_resource_version_stays();
"""
BACK = """
drop trigger resource_versions_stay on registry_resource_version;
drop trigger resource_version_stays on registry_resource_version;
drop function registry_resource_version_stays();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0001_initial'),
        ('registry', '0004_entries_alike_and_gone'),
    ]

    operations = [
        migrations.CreateModel(
            name='ResourceVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('at', models.DateTimeField()),
                ('party', models.BigIntegerField(null=True)),
                ('person', models.BigIntegerField(null=True)),
                ('content', models.JSONField()),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
            ],
            options={
                'db_table': 'registry_resource_version',
            },
        ),
        migrations.AddConstraint(
            model_name='resourceversion',
            constraint=models.UniqueConstraint(fields=('resource', 'number'), name='one_version_of_a_number'),
        ),
        migrations.AddConstraint(
            model_name='resourceversion',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='versions_count_from_one'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
