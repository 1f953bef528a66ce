"""An authorisation that is taken back for cause says so."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("registry", "0037_a_renewal_beside_a_revocation")]

    operations = [migrations.AddField('operationagreement', 'revocation', models.JSONField(null=True))]
