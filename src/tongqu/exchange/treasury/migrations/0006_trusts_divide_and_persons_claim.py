"""What trusts divide, who is entitled to it, and who claims it. New tables: nothing that is there is touched.

The database keeps that a division is the sum of its entitlements, and a claim that of those it took.
"""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

FORWARD = """
create function treasury_entitlements_come_once() returns trigger language plpgsql as $$
begin
  if exists (select 1 from treasury_trustdistribution d where d.id in (select distinct distribution_id from came)) then
    raise exception 'entitlements are written with their division' using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
create trigger entitlements_come_once after insert on treasury_trust_entitlement
  referencing new table as came for each statement execute function treasury_entitlements_come_once();

create function treasury_trust_row_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what a trust divided does not change' using errcode = 'restrict_violation';
end $$;
create trigger entitlement_stays before update of distribution_id, mandate_id, fen on treasury_trust_entitlement
  for each statement execute function treasury_trust_row_stays();
create trigger entitlements_stay before delete or truncate on treasury_trust_entitlement
  for each statement execute function treasury_trust_row_stays();
create trigger division_stays before update or delete or truncate on treasury_trustdistribution
  for each statement execute function treasury_trust_row_stays();

create function treasury_division_is_its_entitlements() returns trigger language plpgsql as $$
declare
  whole record;
begin
  select count(*) as heads, coalesce(sum(e.fen), 0) as fen into whole from treasury_trust_entitlement e
    join registry_trust_mandate m on m.id = e.mandate_id and m.trust_id = new.trust_id
   where e.distribution_id = new.id;
  if (whole.heads, whole.fen) <> (new.heads, new.each_fen * new.heads) then
    raise exception 'division % is of % among %, its entitlements are % among %', new.id, new.each_fen * new.heads,
      new.heads, whole.fen, whole.heads using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger division_is_its_entitlements after insert on treasury_trustdistribution
  deferrable initially deferred for each row execute function treasury_division_is_its_entitlements();

create function treasury_claim_is_its_entitlements() returns trigger language plpgsql as $$
declare
  now_claim record;
  taken bigint;
begin
  select state, fen into now_claim from treasury_trustclaim where id = new.id;
  select coalesce(sum(fen), 0) into taken from treasury_trust_entitlement where claim_id = new.id;
  if taken <> (case when now_claim.state in ('requested', 'approved', 'paid') then now_claim.fen else 0 end) then
    raise exception 'claim % is % of %, its entitlements of %', new.id, now_claim.state, now_claim.fen, taken
      using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger claim_is_its_entitlements after insert or update on treasury_trustclaim
  deferrable initially deferred for each row execute function treasury_claim_is_its_entitlements();
"""
BACK = """
drop trigger claim_is_its_entitlements on treasury_trustclaim;
drop function treasury_claim_is_its_entitlements();
drop trigger division_is_its_entitlements on treasury_trustdistribution;
drop function treasury_division_is_its_entitlements();
drop trigger division_stays on treasury_trustdistribution;
drop trigger entitlements_stay on treasury_trust_entitlement;
drop trigger entitlement_stays on treasury_trust_entitlement;
drop function treasury_trust_row_stays();
drop trigger entitlements_come_once on treasury_trust_entitlement;
drop function treasury_entitlements_come_once();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_nodes_tell_subjects_of_uses'),
        ('registry', '0034_trustees_act_for_persons'),
        ('treasury', '0005_bank_references_are_recorded_once'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TrustClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=80)),
                ('fen', models.BigIntegerField()),
                ('account_name', models.CharField(max_length=60)),
                ('bank', models.CharField(max_length=80)),
                ('account', models.CharField(max_length=40)),
                ('hold_name', models.CharField(max_length=60, unique=True)),
                ('approved_by', models.BigIntegerField(null=True)),
                ('paid_by', models.BigIntegerField(null=True)),
                ('bank_reference', models.CharField(blank=True, max_length=64)),
                ('paid_date', models.DateField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.datatrust')),
            ],
            options={
                'verbose_name': 'claim on a trust',
            },
        ),
        migrations.CreateModel(
            name='TrustDistribution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=80)),
                ('since_at', models.DateTimeField(null=True)),
                ('divided_at', models.DateTimeField()),
                ('divided_date', models.DateField()),
                ('held_fen', models.BigIntegerField()),
                ('fee_basis_points', models.IntegerField()),
                ('fee_fen', models.BigIntegerField()),
                ('each_fen', models.BigIntegerField()),
                ('heads', models.BigIntegerField()),
                ('left_fen', models.BigIntegerField()),
                ('trust', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.datatrust')),
                ('trustee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': "division of a trust's money",
            },
        ),
        migrations.CreateModel(
            name='TrustEntitlement',
            fields=[
                ('pk', models.CompositePrimaryKey('distribution_id', 'mandate_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('fen', models.BigIntegerField()),
                ('claim', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.trustclaim')),
                ('distribution', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.trustdistribution')),
                ('mandate', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.trustmandate')),
            ],
            options={
                'db_table': 'treasury_trust_entitlement',
            },
        ),
        migrations.AddConstraint(
            model_name='trustclaim',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='a_claim_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='trustclaim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'paid'), _negated=True), models.Q(models.Q(('bank_reference', ''), _negated=True), ('paid_date__isnull', False)), _connector='OR'), name='a_paid_claim_has_its_reference'),
        ),
        migrations.AddConstraint(
            model_name='trustdistribution',
            constraint=models.UniqueConstraint(fields=('trust', 'divided_date'), name='a_trust_divides_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='trustdistribution',
            constraint=models.CheckConstraint(condition=models.Q(('held_fen', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('fee_fen'), '+', django.db.models.expressions.CombinedExpression(models.F('each_fen'), '*', models.F('heads'))), '+', models.F('left_fen')))), name='a_division_is_the_whole'),
        ),
        migrations.AddConstraint(
            model_name='trustdistribution',
            constraint=models.CheckConstraint(condition=models.Q(('each_fen__gte', 1), ('fee_fen__gte', 0), ('heads__gte', 1), ('left_fen__gte', 0)), name='a_division_gives_each_a_fen'),
        ),
        migrations.AddIndex(
            model_name='trustentitlement',
            index=models.Index(fields=['mandate'], name='entitlements_of_mandate'),
        ),
        migrations.AddIndex(
            model_name='trustentitlement',
            index=models.Index(condition=models.Q(('claim__isnull', False)), fields=['claim'], name='entitlements_of_claim'),
        ),
        migrations.AddConstraint(
            model_name='trustentitlement',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='an_entitlement_is_positive'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
