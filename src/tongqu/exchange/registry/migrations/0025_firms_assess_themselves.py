"""Firms assess how they manage data."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0002_nodes_are_asked_for_more'),
        ('registry', '0024_rights_are_pledged'),
    ]

    operations = [
        migrations.CreateModel(
            name='MaturityAssessment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('edition', models.CharField(max_length=20)),
                ('scope', models.CharField(max_length=400)),
                ('assessed_date', models.DateField()),
                ('public', models.BooleanField(default=False)),
                ('form', models.JSONField()),
                ('stated_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'self-assessment',
                'db_table': 'registry_maturity_assessment',
            },
        ),
        migrations.AddIndex(
            model_name='maturityassessment',
            index=models.Index(fields=['holder', '-id'], name='maturity_of_holder'),
        ),
        migrations.AddIndex(
            model_name='maturityassessment',
            index=models.Index(condition=models.Q(('public', True), ('state', 'stated')), fields=['-stated_at'], name='maturity_public'),
        ),
        migrations.AddConstraint(
            model_name='maturityassessment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['stated', 'superseded']), _negated=True), ('stated_at__isnull', False), _connector='OR'), name='the_stated_have_their_day'),
        ),
        migrations.AddConstraint(
            model_name='maturityassessment',
            constraint=models.CheckConstraint(condition=models.Q(('edition', ''), _negated=True), name='an_assessment_names_its_edition'),
        ),
    ]
