"""An edition that missed a subscription is kept beside it, with why and until it comes after all."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0002_nodes_are_asked_for_more'),
        ('registry', '0015_two_indexes_less'),
    ]

    operations = [
        migrations.CreateModel(
            name='MissedPortion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.CharField(max_length=12)),
                ('column', models.CharField(blank=True, max_length=200)),
                ('columns', models.JSONField(default=list)),
                ('of_columns', models.IntegerField()),
                ('file', models.CharField(max_length=64)),
                ('told_at', models.DateTimeField()),
                ('mended_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'registry_missed_portion',
            },
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['partial', 'mending', 'closed']), _negated=True), ('divided_at__isnull', False), _connector='OR'), name='the_partly_delivered_are_divided'),
        ),
        migrations.AddField(
            model_name='missedportion',
            name='edition',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.edition'),
        ),
        migrations.AddField(
            model_name='missedportion',
            name='subscription',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.subscription'),
        ),
        migrations.AddIndex(
            model_name='missedportion',
            index=models.Index(condition=models.Q(('mended_at__isnull', True)), fields=['subscription', '-id'], name='misses_of_subscription'),
        ),
        migrations.AddConstraint(
            model_name='missedportion',
            constraint=models.UniqueConstraint(fields=('edition', 'subscription'), name='one_miss_of_an_edition'),
        ),
        migrations.AddConstraint(
            model_name='missedportion',
            constraint=models.CheckConstraint(condition=models.Q(('why__in', ['no_column', 'no_codes'])), name='a_miss_says_why'),
        ),
    ]
