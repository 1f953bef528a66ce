"""A registrar answers for itself: its qualification, its years in figures, its changes, its exit."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0004_nodes_tell_of_drift'),
        ('registry', '0028_registrars_hand_over'),
    ]

    operations = [
        migrations.CreateModel(
            name='RegistrarChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('items', models.JSONField()),
                ('effective_date', models.DateField()),
                ('reason', models.TextField()),
                ('papers', models.JSONField(default=list)),
                ('opinion', models.TextField(blank=True)),
                ('updated', models.CharField(blank=True, max_length=200)),
                ('registrar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'change of a registrar',
                'db_table': 'registry_registrar_change',
            },
        ),
        migrations.CreateModel(
            name='RegistrarDossier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('form', models.JSONField()),
                ('expires_at', models.DateTimeField()),
                ('opinion', models.TextField(blank=True)),
                ('registrar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': "registrar's dossier",
                'db_table': 'registry_registrar_dossier',
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['submitted', 'returned'])), fields=('registrar',), name='one_dossier_under_way')],
            },
        ),
        migrations.CreateModel(
            name='RegistrarExit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('exit_at', models.DateTimeField()),
                ('successor', models.CharField(max_length=100)),
                ('reason', models.TextField()),
                ('plan', models.CharField(max_length=64)),
                ('opinion', models.TextField(blank=True)),
                ('report_number', models.CharField(blank=True, max_length=100)),
                ('bundle', models.CharField(blank=True, max_length=64)),
                ('receipt', models.CharField(blank=True, max_length=64)),
                ('registrar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'exit of a registrar',
                'db_table': 'registry_registrar_exit',
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['refused', 'withdrawn', 'left']), _negated=True), fields=('registrar',), name='one_exit_under_way'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['handed_over', 'left']), _negated=True), models.Q(models.Q(('bundle', ''), _negated=True), models.Q(('receipt', ''), _negated=True)), _connector='OR'), name='who_leaves_has_handed_over')],
            },
        ),
        migrations.CreateModel(
            name='RegistrarReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('year', models.IntegerField()),
                ('figures', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('due_at', models.DateTimeField()),
                ('pass_on_by_at', models.DateTimeField()),
                ('account', models.TextField(blank=True)),
                ('filed_at', models.DateTimeField(null=True)),
                ('opinion', models.TextField(blank=True)),
                ('registrar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': "registrar's report",
                'db_table': 'registry_registrar_report',
                'constraints': [models.UniqueConstraint(fields=('registrar', 'year'), name='one_report_of_a_year'), models.CheckConstraint(condition=models.Q(('year__gte', 2026)), name='reports_begin_with_the_guideline')],
            },
        ),
    ]
