"""What falls with a lost ground is listed, line by line, and appealed against; deliveries know what withheld them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0004_nodes_tell_of_drift'),
        ('trading', '0007_deliveries_tell_of_drift'),
    ]

    operations = [
        migrations.AddField(
            model_name='transfer',
            name='withheld_by',
            field=models.BigIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='GroundLoss',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('ground', models.CharField(max_length=40)),
                ('cause', models.CharField(max_length=16)),
                ('name_zh', models.CharField(max_length=200)),
                ('name_en', models.CharField(max_length=200)),
                ('effective_at', models.DateTimeField()),
                ('drawn_at', models.DateTimeField()),
                ('drawn_digest', models.CharField(max_length=64)),
                ('finding', models.TextField(blank=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('carried_at', models.DateTimeField(null=True)),
                ('giver', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('taker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'ground loss',
                'db_table': 'trading_ground_loss',
            },
        ),
        migrations.CreateModel(
            name='LossAppeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('paper', models.CharField(blank=True, max_length=64)),
                ('at', models.DateTimeField()),
                ('upheld', models.BooleanField(null=True)),
                ('finding', models.TextField(blank=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('loss', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.groundloss')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'db_table': 'trading_loss_appeal',
            },
        ),
        migrations.CreateModel(
            name='LossItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=12)),
                ('number', models.BigIntegerField()),
                ('name', models.CharField(max_length=200)),
                ('path', models.JSONField()),
                ('falls', models.BooleanField()),
                ('why_zh', models.TextField(blank=True)),
                ('why_en', models.TextField(blank=True)),
                ('spared_because', models.TextField(blank=True)),
                ('consumer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('loss', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='trading.groundloss')),
                ('provider', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'db_table': 'trading_loss_item',
            },
        ),
        migrations.AddConstraint(
            model_name='groundloss',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['drawn', 'confirmed'])), fields=('ground',), name='one_open_loss_of_a_ground'),
        ),
        migrations.AddConstraint(
            model_name='groundloss',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['confirmed', 'carried_out', 'closed']), _negated=True), ('confirmed_at__isnull', False), _connector='OR'), name='nothing_falls_unconfirmed'),
        ),
        migrations.AddConstraint(
            model_name='lossappeal',
            constraint=models.UniqueConstraint(condition=models.Q(('upheld__isnull', True)), fields=('loss', 'party'), name='one_open_appeal_of_a_party'),
        ),
        migrations.AddConstraint(
            model_name='lossappeal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('upheld__isnull', True)), models.Q(('decided_at__isnull', False), ('upheld__isnull', False)), _connector='OR'), name='a_decided_appeal_has_its_moment'),
        ),
        migrations.AddIndex(
            model_name='lossitem',
            index=models.Index(fields=['provider'], name='loss_lines_of_provider'),
        ),
        migrations.AddIndex(
            model_name='lossitem',
            index=models.Index(fields=['consumer'], name='loss_lines_of_consumer'),
        ),
        migrations.AddConstraint(
            model_name='lossitem',
            constraint=models.UniqueConstraint(fields=('loss', 'kind', 'number'), name='a_line_once_in_a_loss'),
        ),
        migrations.AddConstraint(
            model_name='lossitem',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['grant', 'resource', 'listing', 'negotiation', 'transfer'])), name='a_line_is_of_five_kinds'),
        ),
    ]
