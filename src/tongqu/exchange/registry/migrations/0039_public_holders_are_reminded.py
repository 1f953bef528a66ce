"""Holders of registrations of public data are reminded, once, that these can be renewed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_nodes_tell_subjects_of_uses'),
        ("registry", "0038_operations_are_taken_back"),
    ]

    operations = [
        migrations.CreateModel(
            name='PublicRenewalReminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=100)),
                ('code', models.CharField(max_length=60)),
                ('valid_to_date', models.DateField()),
                ('renew_until_at', models.DateTimeField()),
                ('days', models.IntegerField()),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('registration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.publicregistration')),
            ],
            options={
                'verbose_name': 'public renewal reminder',
                'db_table': 'registry_public_renewal_reminder',
                'constraints': [models.UniqueConstraint(fields=('registration', 'valid_to_date', 'days'), name='a_public_holder_is_reminded_once_of_each'), models.UniqueConstraint(condition=models.Q(('state', 'told')), fields=('registration',), name='one_public_reminder_stands_at_a_time')],
            },
        ),
    ]
