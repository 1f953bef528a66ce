"""Where the rows stand in an edition that went to nobody because of a fault of theirs: numbers of lines, no values."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0013_gradings_run_out"),
    ]

    operations = [
        migrations.AddField(
            model_name="edition",
            name="lines",
            field=models.JSONField(default=dict),
        ),
    ]
