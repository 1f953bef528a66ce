"""Papers are kept in classes, each until its day; what is deleted then leaves a record."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bedrock', '0014_papers_of_people_without_a_party'),
    ]

    operations = [
        migrations.CreateModel(
            name='Disposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('kept_until_date', models.DateField()),
                ('disposed_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'bedrock_disposal',
                'indexes': [models.Index(fields=['sha256'], name='disposals_of_paper')],
            },
        ),
        migrations.CreateModel(
            name='Retention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64)),
                ('procedure', models.CharField(max_length=40)),
                ('subject', models.BigIntegerField()),
                ('kept_as', models.CharField(max_length=40)),
                ('until_date', models.DateField(null=True)),
            ],
            options={
                'db_table': 'bedrock_retention',
                'indexes': [models.Index(condition=models.Q(('until_date__isnull', False)), fields=['until_date'], name='retentions_ending'), models.Index(fields=['procedure', 'subject'], name='retentions_of_matter')],
                'constraints': [models.UniqueConstraint(fields=('sha256', 'procedure', 'subject'), name='one_retention_for_a_matter')],
            },
        ),
    ]
