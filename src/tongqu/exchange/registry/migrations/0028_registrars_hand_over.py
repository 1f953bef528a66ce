"""Bundles of other registrars taken over, every record of theirs, and registrations that go on living here."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0004_nodes_tell_of_drift'),
        ('registry', '0027_rights_from_elsewhere'),
    ]

    operations = [
        migrations.CreateModel(
            name='HandedRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(max_length=40)),
                ('number', models.BigIntegerField()),
                ('state', models.CharField(max_length=32)),
                ('codes', models.JSONField(default=list)),
                ('digest', models.CharField(max_length=64)),
                ('content', models.JSONField()),
            ],
            options={
                'db_table': 'registry_handed_record',
            },
        ),
        migrations.CreateModel(
            name='TakeOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('file', models.CharField(max_length=64)),
                ('public', models.CharField(max_length=80)),
                ('from_name', models.CharField(blank=True, max_length=100)),
                ('from_code', models.CharField(blank=True, max_length=18)),
                ('manifest', models.JSONField(null=True)),
                ('facts', models.BigIntegerField(default=0)),
                ('whole', models.BooleanField(default=False)),
                ('position', models.BigIntegerField(default=0)),
                ('matters', models.BigIntegerField(default=0)),
                ('papers', models.BigIntegerField(default=0)),
                ('living', models.BigIntegerField(default=0)),
                ('fault', models.JSONField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('registrar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'take-over',
                'db_table': 'registry_take_over',
            },
        ),
        migrations.CreateModel(
            name='TakenOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('holder_code', models.CharField(max_length=18)),
                ('holder_name', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=40)),
                ('code', models.CharField(max_length=15)),
                ('valid_to_at', models.DateTimeField()),
                ('resource_name', models.CharField(max_length=100)),
                ('holder', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.handedrecord')),
                ('registrar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('registration', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registration')),
                ('take_over', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.takeover')),
            ],
            options={
                'verbose_name': 'taken over',
                'db_table': 'registry_taken_over',
            },
        ),
        migrations.AddField(
            model_name='handedrecord',
            name='take_over',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.takeover'),
        ),
        migrations.AddConstraint(
            model_name='takeover',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['running', 'stopped', 'finished'])), fields=('file',), name='a_bundle_is_taken_over_once'),
        ),
        migrations.AddIndex(
            model_name='takenover',
            index=models.Index(fields=['code'], name='taken_over_by_code'),
        ),
        migrations.AddIndex(
            model_name='takenover',
            index=models.Index(condition=models.Q(('holder__isnull', True)), fields=['holder_code'], name='taken_over_without_holder'),
        ),
        migrations.AddConstraint(
            model_name='handedrecord',
            constraint=models.UniqueConstraint(fields=('take_over', 'table', 'number'), name='a_record_is_taken_over_once'),
        ),
    ]
