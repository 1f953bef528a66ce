"""Notices, what people said to them by reference, who stands behind one, and what they ask. What was said is kept as it was said."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


REFUSE = '''
CREATE FUNCTION registry_consents_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: what was said to a notice is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER registry_consents_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry_consent_fact
    FOR EACH STATEMENT EXECUTE FUNCTION registry_consents_are_append_only();
'''
ALLOW = '''
DROP TRIGGER registry_consents_are_append_only ON registry_consent_fact;
DROP FUNCTION registry_consents_are_append_only();
'''


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_nodes_tell_subjects_of_uses'),
        ('registry', '0030_holders_are_reminded'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentCount',
            fields=[
                ('node', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='members.node')),
                ('last', models.BigIntegerField(default=0)),
            ],
            options={
                'db_table': 'registry_consent_count',
            },
        ),
        migrations.CreateModel(
            name='ConsentBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('file', models.CharField(max_length=64)),
                ('name', models.CharField(max_length=100)),
                ('lines', models.BigIntegerField(default=0)),
                ('position', models.BigIntegerField(default=0)),
                ('given', models.BigIntegerField(default=0)),
                ('refused', models.BigIntegerField(default=0)),
                ('withdrawn', models.BigIntegerField(default=0)),
                ('same', models.BigIntegerField(default=0)),
                ('lost', models.BigIntegerField(default=0)),
                ('reason', models.TextField(blank=True)),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.node')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'consents in bulk',
            },
        ),
        migrations.CreateModel(
            name='ConsentNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('source', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=80)),
                ('series', models.BigIntegerField()),
                ('version', models.IntegerField()),
                ('basis', models.BigIntegerField(null=True)),
                ('purposes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('purpose_text', models.TextField()),
                ('method', models.TextField()),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('necessity', models.TextField(blank=True)),
                ('impact', models.TextField(blank=True)),
                ('retention', models.CharField(max_length=400)),
                ('contact', models.CharField(max_length=200)),
                ('rights_way', models.CharField(max_length=400)),
                ('minors_rules', models.CharField(max_length=64, null=True)),
                ('essence', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64)),
                ('published_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.node')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'notice',
            },
        ),
        migrations.CreateModel(
            name='ConsentFact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField()),
                ('basis', models.BigIntegerField()),
                ('reference', models.BinaryField()),
                ('what', models.CharField(max_length=9)),
                ('form', models.CharField(max_length=8)),
                ('channel', models.CharField(max_length=6)),
                ('said_at', models.DateTimeField()),
                ('taken_at', models.DateTimeField()),
                ('batch', models.BigIntegerField(null=True)),
                ('node', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.node')),
                ('notice', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.consentnotice')),
            ],
            options={
                'db_table': 'registry_consent_fact',
            },
        ),
        migrations.CreateModel(
            name='DataSubject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('source', models.CharField(max_length=100)),
                ('reference', models.CharField(max_length=64)),
                ('vouched', models.JSONField()),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.node')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'data subject',
            },
        ),
        migrations.CreateModel(
            name='SubjectRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('right', models.CharField(max_length=10)),
                ('text', models.TextField()),
                ('answer', models.TextField(blank=True)),
                ('answer_paper', models.CharField(max_length=64, null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('complaint', models.TextField(blank=True)),
                ('conclusion', models.TextField(blank=True)),
                ('reason', models.TextField(blank=True)),
                ('link', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.datasubject')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'request of a data subject',
            },
        ),
        migrations.CreateModel(
            name='ConsentFault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.BigIntegerField()),
                ('code', models.CharField(max_length=40)),
                ('raw', models.CharField(blank=True, max_length=200)),
                ('batch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='registry.consentbatch')),
            ],
            options={
                'db_table': 'registry_consent_fault',
                'constraints': [models.UniqueConstraint(fields=('batch', 'line'), name='one_consent_fault_of_a_line')],
            },
        ),
        migrations.AddIndex(
            model_name='consentnotice',
            index=models.Index(fields=['node', 'state'], name='notices_of_node'),
        ),
        migrations.AddConstraint(
            model_name='consentnotice',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'discarded'), _negated=True), fields=('series', 'version'), name='one_notice_of_a_version'),
        ),
        migrations.AddConstraint(
            model_name='consentnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['published', 'replaced']), _negated=True), models.Q(('basis__isnull', False), ('published_at__isnull', False)), _connector='OR'), name='a_published_notice_has_its_basis'),
        ),
        migrations.AddConstraint(
            model_name='consentnotice',
            constraint=models.CheckConstraint(condition=models.Q(('provider', models.F('receiver')), _negated=True), name='a_notice_names_another_receiver'),
        ),
        migrations.AddIndex(
            model_name='consentfact',
            index=models.Index(fields=['basis', 'reference', 'number'], name='said_by_reference'),
        ),
        migrations.AddConstraint(
            model_name='consentfact',
            constraint=models.UniqueConstraint(fields=('node', 'number'), name='one_consent_fact_of_a_number'),
        ),
        migrations.AddConstraint(
            model_name='consentfact',
            constraint=models.CheckConstraint(condition=models.Q(('what__in', ['given', 'refused', 'withdrawn'])), name='a_consent_fact_is_known'),
        ),
        migrations.AddConstraint(
            model_name='datasubject',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'linked')), fields=('node', 'reference'), name='one_account_behind_a_reference'),
        ),
        migrations.AddConstraint(
            model_name='subjectrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['answered', 'closed']), _negated=True), ('answered_at__isnull', False), _connector='OR'), name='an_answer_to_a_subject_has_its_moment'),
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
