from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0011_resources_are_graded"),
    ]

    operations = [
        migrations.AddField(
            model_name="grading",
            name="ran_out_at",
            field=models.DateTimeField(null=True),
        ),
    ]
