"""A contract may oblige its buyer to delete what it got: the duty is kept, with what the buyer attests of it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_nodes_tell_subjects_of_uses'),
        ('registry', '0041_a_trustee_consents_in_its_own_form'),
        ('trading', '0008_grounds_are_lost'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeletionDuty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('mode', models.CharField(max_length=16)),
                ('name', models.CharField(max_length=60)),
                ('days', models.IntegerField()),
                ('ended_at', models.DateTimeField()),
                ('use_ends_at', models.DateTimeField()),
                ('carried_by', models.BigIntegerField(null=True)),
                ('remind_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('reminded_at', models.DateTimeField(null=True)),
                ('overdue_at', models.DateTimeField(null=True)),
                ('objection', models.TextField(blank=True)),
                ('finding', models.TextField(blank=True)),
                ('noted_how', models.CharField(blank=True, max_length=12)),
                ('consumer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('contract', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.contract')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
            ],
            options={
                'verbose_name': 'deletion duty',
                'db_table': 'trading_deletion_duty',
            },
        ),
        migrations.CreateModel(
            name='DeletionAttestation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('deleted_date', models.DateField()),
                ('methods', models.JSONField()),
                ('systems', models.TextField()),
                ('media', models.TextField(blank=True)),
                ('backups', models.TextField(blank=True)),
                ('recipients', models.TextField(blank=True)),
                ('kept', models.TextField(blank=True)),
                ('person', models.CharField(max_length=60)),
                ('paper', models.CharField(blank=True, max_length=64)),
                ('late', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('duty', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.deletionduty')),
            ],
            options={
                'db_table': 'trading_deletion_attestation',
            },
        ),
        migrations.AddIndex(
            model_name='deletionduty',
            index=models.Index(condition=models.Q(('state__in', ['pending', 'owed', 'overdue'])), fields=['consumer', 'provider', 'resource'], name='deletions_over_data'),
        ),
        migrations.AddIndex(
            model_name='deletionduty',
            index=models.Index(condition=models.Q(('state', 'overdue')), fields=['overdue_at'], name='deletions_overdue'),
        ),
        migrations.AddConstraint(
            model_name='deletionduty',
            constraint=models.CheckConstraint(condition=models.Q(('days__gte', 1)), name='a_deletion_has_its_days'),
        ),
        migrations.AddConstraint(
            model_name='deletionduty',
            constraint=models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('use_ends_at')), ('use_ends_at__gte', models.F('ended_at'))), name='deletion_is_due_after_the_use'),
        ),
        migrations.AddConstraint(
            model_name='deletionduty',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'overdue'), _negated=True), ('overdue_at__isnull', False), _connector='OR'), name='an_overdue_deletion_says_since_when'),
        ),
        migrations.AddConstraint(
            model_name='deletionattestation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('methods', []), _negated=True), models.Q(('systems', ''), _negated=True)), name='an_attestation_says_how_and_where'),
        ),
    ]
