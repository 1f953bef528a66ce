"""A bill has one root over its statements instead of a line for each: months of use made it larger than it could be read.

Bills made before keep their lines and have no root. Columns with a default of the database: nothing is rewritten.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("treasury", "0003_plans_ask_those_who_would_lose")]

    operations = [
        migrations.AddField("bill", "statements", models.IntegerField(default=0)),
        migrations.AddField("bill", "first_statement", models.IntegerField(null=True)),
        migrations.AddField("bill", "last_statement", models.IntegerField(null=True)),
        migrations.AddField("bill", "statements_root", models.CharField(max_length=64, blank=True, default="")),
        migrations.AlterField("bill", "statements_root", models.CharField(max_length=64, blank=True)),
        migrations.AlterField("bill", "lines", models.JSONField(default=list)),
    ]
