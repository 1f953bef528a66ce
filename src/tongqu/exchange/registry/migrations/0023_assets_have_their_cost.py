"""Enterprises keep their data assets: inventory, invoices, an appended cost ledger, recognitions, indicative values."""

import django.db.models.deletion
from django.db import migrations, models


FORWARD = """
create function registry_cost_line_stays() returns trigger language plpgsql as $$
begin
  raise exception 'a line of the cost ledger does not change' using errcode = 'restrict_violation';
end $$;
create trigger cost_line_stays before update or delete on registry_cost_line
  for each row execute function registry_cost_line_stays();
create trigger cost_lines_stay before truncate on registry_cost_line
  for each statement execute function registry_cost_line_stays();
"""
BACK = """
drop trigger cost_lines_stay on registry_cost_line;
drop trigger cost_line_stays on registry_cost_line;
drop function registry_cost_line_stays();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0002_nodes_are_asked_for_more'),
        ('registry', '0022_lineage_is_a_fact'),
    ]

    operations = [
        migrations.CreateModel(
            name='Asset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=100)),
                ('officer', models.CharField(max_length=60)),
                ('department', models.CharField(blank=True, max_length=100)),
                ('note', models.TextField(blank=True)),
                ('reason', models.TextField(blank=True)),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
            ],
            options={
                'verbose_name': 'data asset',
            },
        ),
        migrations.CreateModel(
            name='PlatformInvoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('kind', models.CharField(max_length=8)),
                ('bill', models.BigIntegerField()),
                ('name', models.CharField(max_length=100)),
                ('amount_fen', models.BigIntegerField()),
                ('billed_date', models.DateField()),
                ('times', models.PositiveSmallIntegerField(default=0)),
                ('reason', models.TextField(blank=True)),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'platform invoice',
                'db_table': 'registry_platform_invoice',
            },
        ),
        migrations.CreateModel(
            name='CostLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=8)),
                ('part', models.PositiveSmallIntegerField(default=0)),
                ('voucher', models.CharField(blank=True, max_length=60)),
                ('paper', models.CharField(blank=True, max_length=64)),
                ('edition', models.PositiveSmallIntegerField(default=0)),
                ('item', models.CharField(max_length=20)),
                ('way', models.CharField(max_length=10)),
                ('asset_class', models.CharField(max_length=10)),
                ('treatment', models.CharField(max_length=10)),
                ('decided', models.CharField(max_length=40)),
                ('cite', models.CharField(max_length=60)),
                ('amount_fen', models.BigIntegerField()),
                ('incurred_date', models.DateField()),
                ('booked_date', models.DateField()),
                ('text', models.CharField(blank=True, max_length=400)),
                ('at', models.DateTimeField()),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.asset')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('reverses', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.costline')),
                ('invoice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.platforminvoice')),
            ],
            options={
                'db_table': 'registry_cost_line',
            },
        ),
        migrations.CreateModel(
            name='AssetRecognition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('form', models.JSONField()),
                ('asset_class', models.CharField(max_length=10)),
                ('row', models.CharField(max_length=40)),
                ('way', models.CharField(max_length=10)),
                ('useful_months', models.PositiveSmallIntegerField(null=True)),
                ('ready_date', models.DateField(null=True)),
                ('concluded_at', models.DateTimeField(null=True)),
                ('event', models.CharField(blank=True, max_length=60)),
                ('paper', models.CharField(blank=True, max_length=64)),
                ('reason', models.TextField(blank=True)),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.asset')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'asset recognition',
                'db_table': 'registry_asset_recognition',
            },
        ),
        migrations.CreateModel(
            name='Valuation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('method', models.CharField(max_length=8)),
                ('base_date', models.DateField()),
                ('form', models.JSONField()),
                ('steps', models.JSONField()),
                ('result_fen', models.BigIntegerField()),
                ('mark', models.CharField(default='不得入账 NOT TO BE BOOKED', max_length=40)),
                ('issued_at', models.DateTimeField(null=True)),
                ('paper', models.CharField(blank=True, max_length=64)),
                ('reason', models.TextField(blank=True)),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.asset')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'valuation',
                'db_table': 'registry_asset_valuation',
            },
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(fields=['holder', '-id'], name='assets_of_holder'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(fields=['resource'], name='assets_of_resource'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'retired'), _negated=True), fields=('holder', 'resource'), name='an_asset_is_inventoried_once'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(('officer', ''), _negated=True), name='an_asset_has_its_officer'),
        ),
        migrations.AddIndex(
            model_name='platforminvoice',
            index=models.Index(fields=['party', '-id'], name='invoices_of_party'),
        ),
        migrations.AddConstraint(
            model_name='platforminvoice',
            constraint=models.UniqueConstraint(fields=('bill', 'kind'), name='a_bill_is_one_invoice_for_a_side'),
        ),
        migrations.AddConstraint(
            model_name='platforminvoice',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['purchase', 'fee', 'sale'])), name='an_invoice_has_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='platforminvoice',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='an_invoice_is_for_something'),
        ),
        migrations.AddIndex(
            model_name='costline',
            index=models.Index(fields=['asset', 'id'], name='lines_of_asset'),
        ),
        migrations.AddIndex(
            model_name='costline',
            index=models.Index(fields=['holder', 'booked_date'], name='lines_of_holder'),
        ),
        migrations.AddConstraint(
            model_name='costline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('invoice__isnull', False), ('source', 'invoice'), ('amount_fen__gt', 0), ('reverses__isnull', True), ('treatment__in', ['capitalise', 'expense'])), models.Q(('source', 'voucher'), ('invoice__isnull', True), ('paper__regex', '^[0-9a-f]{64}$'), models.Q(('voucher', ''), _negated=True), ('amount_fen__gt', 0), ('reverses__isnull', True), ('treatment__in', ['capitalise', 'expense'])), models.Q(('amount_fen__lt', 0), ('reverses__isnull', True), ('source', 'voucher'), ('treatment', 'impair'), ('invoice__isnull', True), ('paper__regex', '^[0-9a-f]{64}$'), models.Q(('voucher', ''), _negated=True)), models.Q(('reverses__isnull', False), ('source', 'reversal')), _connector='OR'), name='a_line_names_its_invoice_or_voucher'),
        ),
        migrations.AddConstraint(
            model_name='costline',
            constraint=models.UniqueConstraint(condition=models.Q(('source', 'invoice')), fields=('invoice', 'part', 'edition'), name='an_invoice_is_booked_once'),
        ),
        migrations.AddConstraint(
            model_name='costline',
            constraint=models.UniqueConstraint(condition=models.Q(('source', 'voucher')), fields=('holder', 'voucher', 'edition'), name='a_voucher_is_booked_once'),
        ),
        migrations.AddIndex(
            model_name='assetrecognition',
            index=models.Index(fields=['asset', '-concluded_at'], name='recognitions_of_asset'),
        ),
        migrations.AddConstraint(
            model_name='assetrecognition',
            constraint=models.CheckConstraint(condition=models.Q(('asset_class__in', ['intangible', 'inventory', 'disclose'])), name='an_asset_is_of_three_classes'),
        ),
        migrations.AddConstraint(
            model_name='assetrecognition',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'drafted')), fields=('asset',), name='one_recognition_is_drafted_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='assetrecognition',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['drafted', 'withdrawn']), ('concluded_at__isnull', False), _connector='OR'), name='the_recognised_was_concluded'),
        ),
        migrations.AddConstraint(
            model_name='assetrecognition',
            constraint=models.CheckConstraint(condition=models.Q(('useful_months__isnull', True), models.Q(('useful_months__gte', 1), ('useful_months__lte', 600)), _connector='OR'), name='a_useful_life_has_an_end'),
        ),
        migrations.AddIndex(
            model_name='valuation',
            index=models.Index(fields=['asset', '-id'], name='valuations_of_asset'),
        ),
        migrations.AddIndex(
            model_name='valuation',
            index=models.Index(condition=models.Q(('paper', ''), _negated=True), fields=['paper'], name='valuations_by_paper'),
        ),
        migrations.AddConstraint(
            model_name='valuation',
            constraint=models.CheckConstraint(condition=models.Q(('method__in', ['cost', 'income', 'market'])), name='a_value_has_its_method'),
        ),
        migrations.AddConstraint(
            model_name='valuation',
            constraint=models.CheckConstraint(condition=models.Q(('mark', '不得入账 NOT TO BE BOOKED')), name='a_value_says_it_is_not_booked'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
