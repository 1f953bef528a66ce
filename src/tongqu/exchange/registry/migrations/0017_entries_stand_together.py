"""Entries come by thousands, and each was looked up in two tables by itself, which took longer than to keep it. Now those that
come with one statement are looked up together: what they name is there, and stays there, as before."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
create function registry_entries_stand() returns trigger language plpgsql as $$
begin
  perform from registry_catalog where id in (select catalog_id from fresh) for key share;
  perform from registry_harvest where id in (select harvest_id from fresh) for key share;
  if exists (select from fresh f where not exists (select from registry_catalog c where c.id = f.catalog_id))
     or exists (select from fresh f where not exists (select from registry_harvest h where h.id = f.harvest_id)) then
    raise exception 'an entry names a catalogue or an import that is not there' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create function registry_entry_stands() returns trigger language plpgsql as $$
begin
  perform from registry_catalog where id = new.catalog_id for key share;
  if not found then
    raise exception 'an entry names a catalogue that is not there' using errcode = 'foreign_key_violation';
  end if;
  perform from registry_harvest where id = new.harvest_id for key share;
  if not found then
    raise exception 'an entry names an import that is not there' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create function registry_named_by_entries() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'registry_catalog' and exists (select from registry_entry where catalog_id = old.id)
     or tg_table_name = 'registry_harvest' and exists (select from registry_entry where harvest_id = old.id) then
    raise exception 'entries name it' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger entries_stand after insert on registry_entry referencing new table as fresh
  for each statement execute function registry_entries_stand();
create trigger entry_stands after update of catalog_id, harvest_id on registry_entry for each row
  when (old.catalog_id <> new.catalog_id or old.harvest_id <> new.harvest_id) execute function registry_entry_stands();
create trigger named_by_entries after delete or update of id on registry_catalog
  for each row execute function registry_named_by_entries();
create trigger named_by_entries after delete or update of id on registry_harvest
  for each row execute function registry_named_by_entries();
"""
BACK = """
drop trigger named_by_entries on registry_harvest;
drop trigger named_by_entries on registry_catalog;
drop trigger entry_stands on registry_entry;
drop trigger entries_stand on registry_entry;
drop function registry_named_by_entries();
drop function registry_entry_stands();
drop function registry_entries_stand();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0016_editions_pass_over_whom_they_miss")]

    operations = [
        migrations.RunSQL(FORWARD, BACK),
        migrations.AlterField(
            model_name="entry",
            name="catalog",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to="registry.catalog",
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="harvest",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.harvest"
            ),
        ),
    ]  # fmt: skip
