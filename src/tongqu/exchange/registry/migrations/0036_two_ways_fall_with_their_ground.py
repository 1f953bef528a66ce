"""A two-way grant is entered, or falls with its ground; it bears the names of both data sets."""

from django.db import migrations, models

# What was agreed and entered until now says so; the names of both data sets are read from their grounds once.
FILL = """
update registry_grant_pair p set state = 'entered'
where state = 'agreed' and exists (select 1 from registry_grant g where g.pair_id = p.id);

with recursive named(id, side, kind, number) as (
  select p.id, s.side, split_part(p.form->>(s.side || '_ground'), ':', 1), split_part(p.form->>(s.side || '_ground'), ':', 2)::bigint
  from registry_grant_pair p, (values ('gives'), ('takes')) s(side)
  where p.form->>(s.side || '_ground') ~ '^(right|resource|grant):[0-9]{1,18}$')
, called as (
  select n.id, n.side, r.name from named n
  left join registry_registration g on n.kind = 'right' and g.id = n.number
  left join registry_grant gr on n.kind = 'grant' and gr.id = n.number
  join registry_resource r on r.id = case n.kind when 'resource' then n.number when 'right' then g.resource_id else gr.resource_id end)
update registry_grant_pair p set name = a.name || ' ⇄ ' || b.name
from called a, called b
where a.id = p.id and a.side = 'gives' and b.id = p.id and b.side = 'takes';
"""


class Migration(migrations.Migration):

    dependencies = [("registry", "0035_what_is_handed_over_was_written_here")]

    operations = [
        migrations.AddField('grantpair', 'name', models.CharField(blank=True, max_length=210, default=''), preserve_default=False),
        migrations.RemoveConstraint('grantpair', 'an_agreed_pair_has_its_moment'),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint('grantpair', models.CheckConstraint(
            condition=~models.Q(state__in=['agreed', 'entered', 'fallen']) | models.Q(agreed_at__isnull=False), name='an_agreed_pair_has_its_moment')),
    ]
