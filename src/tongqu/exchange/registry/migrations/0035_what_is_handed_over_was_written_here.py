"""What a registrar hands over is a bundle that the house wrote and verified."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_nodes_tell_subjects_of_uses'),
        ("registry", "0034_trustees_act_for_persons"),
    ]

    operations = [
        migrations.CreateModel(
            name='WrittenBundle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('registrations', models.BigIntegerField()),
                ('facts', models.BigIntegerField()),
                ('registrar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'written bundle',
                'db_table': 'registry_written_bundle',
            },
        ),
    ]
