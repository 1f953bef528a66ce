"""Data trusts, mandates, terms and reports; what a trustee said for somebody names its mandate. The facts there are not read over."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# Not held against what is there: nothing of it came from a trustee, and a table of millions is not locked while it is read.
NAMED = '''
ALTER TABLE registry_consent_fact ADD CONSTRAINT what_a_trustee_said_names_its_mandate CHECK (
    (channel = 'trust' AND mandate IS NOT NULL AND terms IS NOT NULL)
    OR (channel <> 'trust' AND mandate IS NULL AND terms IS NULL)
) NOT VALID;
'''
UNNAMED = 'ALTER TABLE registry_consent_fact DROP CONSTRAINT what_a_trustee_said_names_its_mandate;'


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_nodes_tell_subjects_of_uses'),
        ('registry', '0033_impact_is_assessed_and_incidents_told'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DataTrust',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('source', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=80)),
                ('purposes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('deed', models.CharField(max_length=64)),
                ('fee_basis_points', models.IntegerField()),
                ('until_date', models.DateField()),
                ('until_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('opens_report_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'verbose_name': 'data trust',
                'db_table': 'registry_data_trust',
            },
        ),
        migrations.CreateModel(
            name='TrustMandate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('purposes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('sensitive', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('ended_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'verbose_name': 'mandate to a trustee',
                'db_table': 'registry_trust_mandate',
            },
        ),
        migrations.CreateModel(
            name='TrustPurpose',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(max_length=40)),
            ],
            options={
                'db_table': 'registry_trust_purpose',
            },
        ),
        migrations.CreateModel(
            name='TrustReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('number', models.IntegerField()),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('numbers', models.JSONField(default=dict)),
                ('account', models.TextField(blank=True)),
                ('objections', models.IntegerField(default=0)),
                ('stopped', models.IntegerField(default=0)),
                ('published_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'report of a trustee',
                'db_table': 'registry_trust_report',
            },
        ),
        migrations.CreateModel(
            name='TrustTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('source', models.CharField(max_length=100)),
                ('basis', models.BigIntegerField()),
                ('purposes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('basis_points', models.IntegerField()),
                ('conditions', models.TextField()),
                ('until_date', models.DateField()),
                ('until_at', models.DateTimeField()),
                ('agreed_at', models.DateTimeField(null=True)),
                ('consented_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'verbose_name': 'terms of a trust',
                'db_table': 'registry_trust_terms',
            },
        ),
        migrations.AddField(
            model_name='consentfact',
            name='mandate',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='consentfact',
            name='terms',
            field=models.BigIntegerField(null=True),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(NAMED, UNNAMED)],
            state_operations=[
                migrations.AddConstraint(
                    model_name='consentfact',
                    constraint=models.CheckConstraint(condition=models.Q(models.Q(('channel', 'trust'), ('mandate__isnull', False), ('terms__isnull', False)), models.Q(models.Q(('channel', 'trust'), _negated=True), ('mandate__isnull', True), ('terms__isnull', True)), _connector='OR'), name='what_a_trustee_said_names_its_mandate'),
                ),
            ],
        ),
        migrations.AddField(
            model_name='datatrust',
            name='node',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.node'),
        ),
        migrations.AddField(
            model_name='datatrust',
            name='provider',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='datatrust',
            name='trustee',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='trustmandate',
            name='link',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.datasubject'),
        ),
        migrations.AddField(
            model_name='trustmandate',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='trustmandate',
            name='trust',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.datatrust'),
        ),
        migrations.AddField(
            model_name='trustmandate',
            name='trustee',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='trustpurpose',
            name='link',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.datasubject'),
        ),
        migrations.AddField(
            model_name='trustpurpose',
            name='mandate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='registry.trustmandate'),
        ),
        migrations.AddField(
            model_name='trustreport',
            name='trust',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.datatrust'),
        ),
        migrations.AddField(
            model_name='trustreport',
            name='trustee',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='trustterms',
            name='node',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.node'),
        ),
        migrations.AddField(
            model_name='trustterms',
            name='notice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.consentnotice'),
        ),
        migrations.AddField(
            model_name='trustterms',
            name='provider',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='trustterms',
            name='receiver',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='trustterms',
            name='trust',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.datatrust'),
        ),
        migrations.AddField(
            model_name='trustterms',
            name='trustee',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddIndex(
            model_name='datatrust',
            index=models.Index(fields=['node', 'source', 'state'], name='trusts_of_source'),
        ),
        migrations.AddIndex(
            model_name='datatrust',
            index=models.Index(fields=['trustee', '-id'], name='trusts_of_trustee'),
        ),
        migrations.AddConstraint(
            model_name='datatrust',
            constraint=models.CheckConstraint(condition=models.Q(('trustee', models.F('provider')), _negated=True), name='a_trustee_is_not_the_provider'),
        ),
        migrations.AddConstraint(
            model_name='datatrust',
            constraint=models.CheckConstraint(condition=models.Q(('fee_basis_points__gte', 0), ('fee_basis_points__lte', 10000)), name='a_trust_fee_is_a_part'),
        ),
        migrations.AddConstraint(
            model_name='datatrust',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'in_force'), _negated=True), ('approved_at__isnull', False), _connector='OR'), name='a_trust_in_force_was_approved'),
        ),
        migrations.AddConstraint(
            model_name='datatrust',
            constraint=models.CheckConstraint(condition=models.Q(('until_at__gt', models.F('begun_at'))), name='a_trust_ends_after_it_begins'),
        ),
        migrations.AddIndex(
            model_name='trustmandate',
            index=models.Index(fields=['trust', 'state', '-id'], name='mandates_of_trust'),
        ),
        migrations.AddConstraint(
            model_name='trustmandate',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('trust', 'link'), name='one_mandate_of_a_link_in_a_trust'),
        ),
        migrations.AddConstraint(
            model_name='trustmandate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'in_force')), models.Q(models.Q(('state', 'in_force'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='a_mandate_that_is_over_has_its_end'),
        ),
        migrations.AddConstraint(
            model_name='trustmandate',
            constraint=models.CheckConstraint(condition=models.Q(('sensitive__contained_by', models.F('kinds'))), name='what_is_sensitive_is_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='trustpurpose',
            constraint=models.UniqueConstraint(fields=('link', 'purpose'), name='one_trustee_for_a_purpose'),
        ),
        migrations.AddConstraint(
            model_name='trustreport',
            constraint=models.UniqueConstraint(fields=('trust', 'number'), name='one_report_of_a_trust_and_year'),
        ),
        migrations.AddConstraint(
            model_name='trustreport',
            constraint=models.CheckConstraint(condition=models.Q(('until__gt', models.F('since'))), name='a_report_of_a_trust_is_of_a_time'),
        ),
        migrations.AddConstraint(
            model_name='trustreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'published'), _negated=True), ('published_at__isnull', False), _connector='OR'), name='a_published_report_has_its_day'),
        ),
        migrations.AddIndex(
            model_name='trustterms',
            index=models.Index(fields=['node', 'source', 'receiver', 'state'], name='terms_of_receiver'),
        ),
        migrations.AddIndex(
            model_name='trustterms',
            index=models.Index(fields=['basis', 'state'], name='terms_of_basis'),
        ),
        migrations.AddConstraint(
            model_name='trustterms',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'countered', 'agreed'])), fields=('trust', 'basis'), name='one_terms_of_a_notice_in_a_trust'),
        ),
        migrations.AddConstraint(
            model_name='trustterms',
            constraint=models.CheckConstraint(condition=models.Q(('basis_points__gte', 0), ('basis_points__lte', 10000)), name='a_share_of_a_trust_is_a_part'),
        ),
        migrations.AddConstraint(
            model_name='trustterms',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'agreed'), _negated=True), ('agreed_at__isnull', False), _connector='OR'), name='agreed_terms_have_their_day'),
        ),
        migrations.AddConstraint(
            model_name='trustterms',
            constraint=models.CheckConstraint(condition=models.Q(('trustee', models.F('receiver')), _negated=True), name='a_trustee_receives_nothing_itself'),
        ),
    ]
