"""A paper handed in by somebody who acts for nobody yet is that person's: before, it was anybody's who acted for nobody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bedrock", "0013_refusals_name_their_rules")]

    operations = [
        migrations.AddField(
            model_name="paperrow", name="kept_by_person", field=models.BigIntegerField(null=True)
        ),
        migrations.RemoveConstraint(model_name="paperrow", name="one_paper_per_party_and_content"),
        migrations.AddConstraint(
            model_name="paperrow",
            constraint=models.UniqueConstraint(
                fields=["sha256", "kept_by", "kept_by_person"],
                name="one_paper_per_giver_and_content",
                nulls_distinct=False,
            ),
        ),
    ]
