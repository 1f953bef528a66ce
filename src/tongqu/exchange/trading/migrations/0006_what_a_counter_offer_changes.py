"""Why: a counter-offer is shown line by line against what stood on the table before it."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("trading", "0005_products_and_deliveries_follow_the_grading")]
    operations: ClassVar = [
        migrations.AddField("negotiation", "terms_before", models.JSONField(null=True)),
    ]
