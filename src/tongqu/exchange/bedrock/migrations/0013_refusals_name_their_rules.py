"""A refusal names the rules that refused: what is counted in public are rules, not the words that were given to somebody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bedrock", "0012_a_case_says_what_is_asked")]

    operations = [migrations.AddField("refusal", "rules", models.JSONField(default=list))]
