"""What a person hands in on a day is counted, so that nobody fills the disk alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bedrock", "0009_steps_that_wait_for_a_hold")]

    operations = [
        migrations.CreateModel(
            name="PaperDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.BigIntegerField()),
                ("day", models.DateField()),
                ("size", models.BigIntegerField()),
            ],
            options={
                "db_table": "bedrock_paper_day",
                "constraints": [models.UniqueConstraint(fields=("person", "day"), name="one_paper_day_each")],
            },
        ),
    ]
