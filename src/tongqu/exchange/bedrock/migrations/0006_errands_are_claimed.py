"""A worker claims an errand before it calls, and each try is written down, so that a killed worker loses nothing unseen."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bedrock', '0005_errands'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='errandrow', name='errands_by_status'),
        migrations.RemoveField(model_name='errandrow', name='tried_at'),
        migrations.RemoveField(model_name='errandrow', name='last_answer'),
        migrations.AlterField(model_name='errandrow', name='url', field=models.CharField(max_length=2000)),
        migrations.AlterField(model_name='errandrow', name='tries', field=models.SmallIntegerField(default=0)),
        migrations.AddField(
            model_name='errandrow', name='tries_max', field=models.SmallIntegerField(default=8), preserve_default=False,
        ),
        migrations.AddField(model_name='errandrow', name='seal', field=models.CharField(blank=True, max_length=200)),
        migrations.AddField(
            model_name='errandrow', name='due_at',
            field=models.DateTimeField(default=django.utils.timezone.now), preserve_default=False,
        ),
        migrations.AddField(model_name='errandrow', name='claimed_until', field=models.DateTimeField(null=True)),
        migrations.AddField(model_name='errandrow', name='done_at', field=models.DateTimeField(null=True)),
        migrations.AddConstraint(
            model_name='errandrow',
            constraint=models.CheckConstraint(
                condition=models.Q(('status__in', ['waiting', 'done', 'stuck'])), name='errand_status_is_known',
            ),
        ),
        migrations.AddIndex(
            model_name='errandrow',
            index=models.Index(condition=models.Q(('status', 'waiting')), fields=['due_at'], name='errands_waiting'),
        ),
        migrations.AddIndex(
            model_name='errandrow',
            index=models.Index(condition=models.Q(('status', 'stuck')), fields=['asked_at'], name='errands_stuck'),
        ),
        migrations.CreateModel(
            name='ErrandTry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.SmallIntegerField()),
                ('at', models.DateTimeField()),
                ('answered', models.SmallIntegerField(null=True)),
                ('error', models.CharField(blank=True, max_length=200)),
                ('errand', models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name='+', to='bedrock.errandrow',
                )),
            ],
            options={'db_table': 'bedrock_errand_try'},
        ),
        migrations.AddConstraint(
            model_name='errandtry',
            constraint=models.UniqueConstraint(fields=('errand', 'number'), name='one_row_per_try'),
        ),
    ]
