"""Public data is operated under an authorisation: plans, selections, sealed bids, agreements, concessions, disclosures."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0002_nodes_are_asked_for_more'),
        ('registry', '0019_public_data_is_registered'),
    ]

    operations = [
        migrations.CreateModel(
            name='OperationPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=100)),
                ('form', models.JSONField()),
                ('resources', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('decision', models.JSONField(null=True)),
                ('approval', models.JSONField(null=True)),
                ('receipt', models.JSONField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('implementer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'operation plan',
                'db_table': 'registry_operation_plan',
            },
        ),
        migrations.CreateModel(
            name='OperatorSelection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=100)),
                ('method', models.CharField(max_length=12)),
                ('requirements', models.TextField()),
                ('criteria', models.JSONField()),
                ('invited', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('exception', models.CharField(blank=True, max_length=64)),
                ('bids_until_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField(null=True)),
                ('bids', models.IntegerField(null=True)),
                ('award', models.JSONField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('implementer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.operationplan')),
                ('winner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'operator selection',
                'db_table': 'registry_operator_selection',
            },
        ),
        migrations.CreateModel(
            name='OperationBid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('box', models.TextField()),
                ('digest', models.CharField(max_length=64)),
                ('content', models.JSONField(null=True)),
                ('unsealed_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('bidder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('selection', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.operatorselection')),
            ],
            options={
                'verbose_name': 'operation bid',
                'db_table': 'registry_operation_bid',
            },
        ),
        migrations.CreateModel(
            name='OperationAgreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=100)),
                ('form', models.JSONField()),
                ('resources', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('share_requests', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('starts_date', models.DateField()),
                ('ends_date', models.DateField()),
                ('ends_at', models.DateTimeField()),
                ('signed', models.JSONField(default=dict)),
                ('receipt', models.JSONField(null=True)),
                ('in_force_at', models.DateTimeField(null=True)),
                ('ended', models.JSONField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('implementer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('operator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('selection', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.operatorselection')),
            ],
            options={
                'verbose_name': 'operation agreement',
                'db_table': 'registry_operation_agreement',
            },
        ),
        migrations.CreateModel(
            name='OperationAssessment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.IntegerField()),
                ('grade', models.CharField(max_length=8)),
                ('text', models.TextField()),
                ('report', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.operationagreement')),
            ],
            options={
                'db_table': 'registry_operation_assessment',
                'constraints': [models.UniqueConstraint(fields=('agreement', 'year'), name='one_assessment_a_year')],
            },
        ),
        migrations.CreateModel(
            name='BidScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expert', models.CharField(max_length=60)),
                ('points', models.JSONField()),
                ('total', models.IntegerField()),
                ('note', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('bid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.operationbid')),
            ],
            options={
                'db_table': 'registry_bid_score',
                'constraints': [models.UniqueConstraint(fields=('bid', 'expert'), name='an_expert_scores_a_bid_once'), models.CheckConstraint(condition=models.Q(('total__gte', 0), ('total__lte', 100)), name='a_score_is_of_a_hundred')],
            },
        ),
        migrations.CreateModel(
            name='OperationConcession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('scenario', models.CharField(max_length=100)),
                ('form', models.JSONField()),
                ('resources', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('until_date', models.DateField()),
                ('until_at', models.DateTimeField()),
                ('reason', models.TextField(blank=True)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.operationagreement')),
                ('developer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('implementer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('operator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'operation concession',
                'db_table': 'registry_operation_concession',
                'indexes': [models.Index(fields=['developer', 'state'], name='concessions_of_developer')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['declined', 'withdrawn', 'ended']), _negated=True), fields=('agreement', 'developer', 'scenario'), name='one_concession_of_a_scenario')],
            },
        ),
        migrations.CreateModel(
            name='OperationDisclosure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('side', models.CharField(max_length=12)),
                ('times', models.IntegerField(default=0)),
                ('rows', models.JSONField(default=list)),
                ('text', models.TextField(blank=True)),
                ('published_at', models.DateTimeField(null=True)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.operationagreement')),
                ('discloser', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'operation disclosure',
                'db_table': 'registry_operation_disclosure',
                'constraints': [models.UniqueConstraint(fields=('agreement', 'side'), name='one_disclosure_of_a_side'), models.CheckConstraint(condition=models.Q(('side__in', ['implementer', 'operator'])), name='a_side_is_one_of_two')],
            },
        ),
        migrations.CreateModel(
            name='OperationEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=12)),
                ('amount_fen', models.BigIntegerField()),
                ('booked_date', models.DateField()),
                ('text', models.CharField(max_length=200)),
                ('paper', models.CharField(blank=True, max_length=64)),
                ('settlement', models.BigIntegerField(null=True)),
                ('at', models.DateTimeField()),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.operationagreement')),
            ],
            options={
                'db_table': 'registry_operation_entry',
                'indexes': [models.Index(fields=['agreement', '-id'], name='entries_of_operation')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['income', 'cost', 'expenditure'])), name='an_entry_is_of_three_kinds'), models.CheckConstraint(condition=models.Q(('amount_fen__gte', 0)), name='an_entry_is_an_amount'), models.UniqueConstraint(fields=('agreement', 'settlement'), name='a_settlement_is_booked_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='operationplan',
            constraint=models.CheckConstraint(condition=models.Q(('resources__len__gte', 1)), name='a_plan_has_its_data'),
        ),
        migrations.AddConstraint(
            model_name='operationplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'filed']), _negated=True), models.Q(('approval__isnull', False), ('decision__isnull', False)), _connector='OR'), name='the_approved_were_decided'),
        ),
        migrations.AddConstraint(
            model_name='operatorselection',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'failed'), _negated=True), fields=('plan',), name='one_selection_for_a_plan'),
        ),
        migrations.AddConstraint(
            model_name='operatorselection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'awarded'), _negated=True), models.Q(('award__isnull', False), ('winner__isnull', False)), _connector='OR'), name='the_awarded_have_a_winner'),
        ),
        migrations.AddConstraint(
            model_name='operatorselection',
            constraint=models.CheckConstraint(condition=models.Q(('opened_at__isnull', True), ('opened_at__gte', models.F('bids_until_at')), _connector='OR'), name='bids_are_opened_after_their_day'),
        ),
        migrations.AddConstraint(
            model_name='operationbid',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'withdrawn'), _negated=True), fields=('selection', 'bidder'), name='one_bid_of_a_bidder'),
        ),
        migrations.AddConstraint(
            model_name='operationbid',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('content__isnull', True), ('unsealed_at__isnull', True)), models.Q(('content__isnull', False), ('unsealed_at__isnull', False), ('state__in', ['opened', 'won', 'lost', 'fallen'])), _connector='OR'), name='a_sealed_bid_has_no_content'),
        ),
        migrations.AddIndex(
            model_name='operationagreement',
            index=models.Index(fields=['operator', 'state'], name='agreements_of_operator'),
        ),
        migrations.AddConstraint(
            model_name='operationagreement',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'dropped'), _negated=True), fields=('selection',), name='one_agreement_of_a_selection'),
        ),
        migrations.AddConstraint(
            model_name='operationagreement',
            constraint=models.CheckConstraint(condition=models.Q(('implementer', models.F('operator')), _negated=True), name='nobody_authorises_itself'),
        ),
        migrations.AddConstraint(
            model_name='operationagreement',
            constraint=models.CheckConstraint(condition=models.Q(('ends_date__gte', models.F('starts_date'))), name='an_operation_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='operationagreement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['in_force', 'exiting']), _negated=True), models.Q(('in_force_at__isnull', False), ('receipt__isnull', False)), _connector='OR'), name='the_operating_are_filed'),
        ),
    ]
