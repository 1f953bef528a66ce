"""Registered rights are pledged or given into custody, ranked by time."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0002_nodes_are_asked_for_more'),
        ('registry', '0023_assets_have_their_cost'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pledge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('kind', models.CharField(max_length=8)),
                ('name', models.CharField(max_length=40)),
                ('code', models.CharField(max_length=15)),
                ('amount_fen', models.BigIntegerField(null=True)),
                ('until_date', models.DateField(null=True)),
                ('terms', models.TextField()),
                ('paper', models.CharField(max_length=64)),
                ('rank', models.PositiveIntegerField(null=True)),
                ('stood_at', models.DateTimeField(null=True)),
                ('released_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('registration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registration')),
                ('secured', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'pledge',
            },
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=models.Index(condition=models.Q(('state', 'standing')), fields=['registration'], name='pledges_standing'),
        ),
        migrations.AddConstraint(
            model_name='pledge',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['pledge', 'custody'])), name='it_is_a_pledge_or_custody'),
        ),
        migrations.AddConstraint(
            model_name='pledge',
            constraint=models.CheckConstraint(condition=models.Q(('holder', models.F('secured')), _negated=True), name='nobody_pledges_to_itself'),
        ),
        migrations.AddConstraint(
            model_name='pledge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['standing', 'released']), _negated=True), models.Q(('rank__isnull', False), ('stood_at__isnull', False)), _connector='OR'), name='what_stands_has_its_rank'),
        ),
        migrations.AddConstraint(
            model_name='pledge',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'custody'), ('amount_fen__gt', 0), _connector='OR'), name='a_pledge_secures_an_amount'),
        ),
        migrations.AddConstraint(
            model_name='pledge',
            constraint=models.UniqueConstraint(fields=('registration', 'rank'), name='two_pledges_have_two_ranks'),
        ),
    ]
