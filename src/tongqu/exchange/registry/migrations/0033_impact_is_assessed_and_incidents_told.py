"""Impact assessments of personal information, and incidents that people are told of."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_nodes_tell_subjects_of_uses'),
        ('registry', '0032_persons_object_by_themselves'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImpactAssessment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=80)),
                ('situations', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), size=None)),
                ('lawful', models.TextField()),
                ('impact', models.TextField()),
                ('measures', models.TextField()),
                ('report', models.CharField(max_length=64)),
                ('assessed_date', models.DateField()),
                ('reason', models.TextField(blank=True)),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
            ],
            options={
                'verbose_name': 'impact assessment',
                'indexes': [models.Index(fields=['resource', 'state'], name='assessments_of_resource')],
            },
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('source', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=80)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('cause', models.TextField()),
                ('harm', models.TextField()),
                ('remedy', models.TextField()),
                ('advice', models.TextField()),
                ('contact', models.CharField(max_length=200)),
                ('found_date', models.DateField()),
                ('people', models.BigIntegerField()),
                ('how', models.CharField(blank=True, max_length=12)),
                ('reason', models.TextField(blank=True)),
                ('told_at', models.DateTimeField(null=True)),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.node')),
                ('reporter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'incident',
                'indexes': [models.Index(fields=['node', 'source'], name='incidents_of_source')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['told', 'closed']), _negated=True), ('told_at__isnull', False), _connector='OR'), name='who_was_told_was_told_then')],
            },
        ),
    ]
