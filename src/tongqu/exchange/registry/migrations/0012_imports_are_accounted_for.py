import django.db.models.deletion
from django.db import migrations, models

# Two catalogues of one name could not be told apart; all but the first are now named with their keys as well.
NAMES = """
update registry_catalog c set name = c.name || '（' || c.key || '）'
 where exists (select from registry_catalog first where first.name = c.name and first.id < c.id)
"""
# Imports at work go on counting from what they have.
ROWS = "update registry_harvest set rows_read = fresh + changed + same + lost"


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0011_resources_are_graded'),
    ]

    operations = [
        migrations.AddField(
            model_name='catalog',
            name='whole_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='harvest',
            name='rows_read',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='harvest',
            name='unmarked',
            field=models.BigIntegerField(default=0),
        ),
        migrations.RunSQL(ROWS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='catalog',
            name='name',
            field=models.CharField(max_length=200),
        ),
        migrations.RunSQL(NAMES, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='catalog',
            name='name',
            field=models.CharField(max_length=200, unique=True),
        ),
        migrations.AlterField(
            model_name='harvestseen',
            name='entry',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='registry.entry'),
        ),
        migrations.AlterField(
            model_name='harvestseen',
            name='harvest',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='registry.harvest'),
        ),
    ]
