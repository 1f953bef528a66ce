"""A node can be asked what it has told of one subject, for that subject."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0004_nodes_tell_of_drift'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='nodetask',
            name='a_task_is_known_work',
        ),
        migrations.AddConstraint(
            model_name='nodetask',
            constraint=models.CheckConstraint(condition=models.Q(('work__in', ('profile', 'statement', 'quality', 'deidentification', 'uses'))), name='a_task_is_known_work'),
        ),
    ]
