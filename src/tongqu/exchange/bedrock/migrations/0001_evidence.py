"""The evidence log: facts, the queue of those without a place, leaves, tiles and checkpoints. New tables only."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import tongqu.exchange.bedrock.evidence.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Fact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('procedure', models.TextField()),
                ('act', models.TextField()),
                ('subject_id', models.BigIntegerField()),
                ('actor', tongqu.exchange.bedrock.evidence.models.ExactJSON()),
                ('body', tongqu.exchange.bedrock.evidence.models.ExactJSON()),
                ('salt', models.BinaryField()),
                ('digest', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Leaf',
            fields=[
                ('position', models.BigIntegerField(primary_key=True, serialize=False)),
                ('leaf_hash', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Tile',
            fields=[
                ('level', models.SmallIntegerField()),
                ('index', models.BigIntegerField()),
                ('hashes', models.BinaryField()),
                ('root', models.BinaryField()),
                ('pk', models.CompositePrimaryKey('level', 'index', blank=True, editable=False, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('size', models.BigIntegerField()),
                ('root', models.BinaryField()),
                ('note', models.TextField()),
                ('key', models.TextField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('root'), 32), name='bedrock_checkpoint_root')],
            },
        ),
        migrations.CreateModel(
            name='Fresh',
            fields=[
                ('fact', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='+', serialize=False, to='bedrock.fact')),
            ],
        ),
        migrations.AddIndex(
            model_name='fact',
            index=models.Index(fields=['procedure', 'subject_id', 'id'], name='bedrock_fact_of_subject'),
        ),
        migrations.AddConstraint(
            model_name='fact',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('salt'), 32), name='bedrock_fact_salt'),
        ),
        migrations.AddConstraint(
            model_name='fact',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('digest'), 32), name='bedrock_fact_digest'),
        ),
        migrations.AddField(
            model_name='leaf',
            name='fact',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='bedrock.fact'),
        ),
        migrations.AddConstraint(
            model_name='tile',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('hashes'), 8192), name='bedrock_tile_hashes'),
        ),
        migrations.AddConstraint(
            model_name='tile',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('root'), 32), name='bedrock_tile_root'),
        ),
        migrations.AddConstraint(
            model_name='leaf',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('leaf_hash'), 32), name='bedrock_leaf_hash'),
        ),
        migrations.AddConstraint(
            model_name='leaf',
            constraint=models.CheckConstraint(condition=models.Q(('position__gte', 0)), name='bedrock_leaf_position'),
        ),
        # The queue is filled and emptied all day long: clean it by rows, not by the share of a table that is always small.
        migrations.RunSQL(
            "ALTER TABLE bedrock_fresh SET"
            " (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_insert_scale_factor = 0.2)",
            migrations.RunSQL.noop,
        ),
        # Hashes do not compress: do not try.
        migrations.RunSQL(
            "ALTER TABLE bedrock_tile ALTER COLUMN hashes SET STORAGE EXTERNAL", migrations.RunSQL.noop
        ),
    ]
