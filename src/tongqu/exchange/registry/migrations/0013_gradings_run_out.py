from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0012_imports_are_accounted_for"),
    ]

    operations = [
        migrations.AddField(
            model_name="grading",
            name="ran_out_at",
            field=models.DateTimeField(null=True),
        ),
    ]
