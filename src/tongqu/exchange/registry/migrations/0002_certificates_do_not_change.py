"""A certificate is what the evidence says: its row may only receive its printed file, once, and never goes away."""

from django.db import migrations

FORWARD = """
create function registry_certificate_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.paper = '' and new.paper <> ''
     and (new.id, new.registration_id, new.holder_id, new.code, new.national, new.evidence_fact, new.evidence_position,
          new.content_digest, new.issued_at)
       = (old.id, old.registration_id, old.holder_id, old.code, old.national, old.evidence_fact, old.evidence_position,
          old.content_digest, old.issued_at) then
    return new;
  end if;
  raise exception 'a certificate does not change' using errcode = 'restrict_violation';
end $$;
create trigger certificate_stays before update or delete on registry_certificate
  for each row execute function registry_certificate_stays();
create trigger certificates_stay before truncate on registry_certificate
  for each statement execute function registry_certificate_stays();
"""
BACK = """
drop trigger certificates_stay on registry_certificate;
drop trigger certificate_stays on registry_certificate;
drop function registry_certificate_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_resources_and_rights")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
