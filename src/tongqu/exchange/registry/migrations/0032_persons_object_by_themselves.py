"""A person who belongs to no organisation objects to what is registered in its own name."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_nodes_tell_subjects_of_uses'),
        ('registry', '0031_personal_data_is_consented_to'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='lateobjection',
            name='individual',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='lateobjection',
            name='objector',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddConstraint(
            model_name='lateobjection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('individual__isnull', True), ('objector__isnull', False)), models.Q(('individual__isnull', False), ('objector__isnull', True)), _connector='OR'), name='an_objector_is_a_party_or_a_person'),
        ),
    ]
