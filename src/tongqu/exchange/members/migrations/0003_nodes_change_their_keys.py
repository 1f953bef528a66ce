# A node changes its key while it runs; what it sealed is checked by the key of its time, so all its keys are kept.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0002_nodes_are_asked_for_more'),
    ]

    operations = [
        migrations.AddField(
            model_name='node',
            name='key_before',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.CreateModel(
            name='NodeKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_key', models.CharField(max_length=64, unique=True)),
                ('since_at', models.DateTimeField()),
                ('until_at', models.DateTimeField(null=True)),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.node')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('until_at__isnull', True)), fields=('node',), name='one_node_key_in_use'), models.CheckConstraint(condition=models.Q(('until_at__isnull', True), ('until_at__gte', models.F('since_at')), _connector='OR'), name='a_node_key_ends_after_it_began')],
            },
        ),
        migrations.RunSQL(
            "insert into members_nodekey (node_id, public_key, since_at) "
            "select id, public_key, coalesce(registered_at, now()) from members_node where public_key is not null",
            migrations.RunSQL.noop,
        ),
    ]
