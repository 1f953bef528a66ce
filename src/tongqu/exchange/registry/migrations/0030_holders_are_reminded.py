"""Holders are reminded, once, that a registration can be renewed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0004_nodes_tell_of_drift'),
        ('registry', '0029_registrars_answer_for_themselves'),
    ]

    operations = [
        migrations.CreateModel(
            name='RenewalReminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=40)),
                ('code', models.CharField(max_length=15)),
                ('valid_to_at', models.DateTimeField()),
                ('renew_until_at', models.DateTimeField()),
                ('months', models.IntegerField()),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('registration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registration')),
            ],
            options={
                'verbose_name': 'renewal reminder',
                'db_table': 'registry_renewal_reminder',
                'constraints': [models.UniqueConstraint(fields=('registration', 'valid_to_at', 'months'), name='a_holder_is_reminded_once_of_each'), models.UniqueConstraint(condition=models.Q(('state', 'told')), fields=('registration',), name='one_reminder_stands_at_a_time')],
            },
        ),
    ]
