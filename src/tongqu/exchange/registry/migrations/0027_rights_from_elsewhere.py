"""Registrars elsewhere that the supervisor recognises, their certificates brought here, and rights that stand here by them."""


import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0004_nodes_tell_of_drift'),
        ('registry', '0026_others_may_look_at_assets'),
    ]

    operations = [
        migrations.CreateModel(
            name='RecognisedRegistrar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=100)),
                ('credit_code', models.CharField(max_length=18)),
                ('did', models.CharField(max_length=300)),
                ('national', models.BooleanField()),
                ('basis', models.CharField(max_length=300)),
                ('keys', models.JSONField()),
                ('fields', models.JSONField(default=dict)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'verbose_name': 'recognised registrar',
                'db_table': 'registry_recognised_registrar',
            },
        ),
        migrations.CreateModel(
            name='Recognition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('address', models.CharField(blank=True, max_length=500)),
                ('paper', models.CharField(blank=True, max_length=64)),
                ('code', models.CharField(blank=True, max_length=60)),
                ('said', models.JSONField(null=True)),
                ('conflicts', models.JSONField(default=list)),
                ('reasons', models.JSONField(default=list)),
                ('trouble', models.JSONField(null=True)),
                ('finding', models.TextField(blank=True)),
                ('tries', models.IntegerField(default=0)),
                ('checked_at', models.DateTimeField(null=True)),
                ('next_check_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'recognition',
            },
        ),
        migrations.RemoveConstraint(
            model_name='registration',
            name='the_registered_are_evidenced',
        ),
        migrations.AddField(
            model_name='registration',
            name='elsewhere',
            field=models.JSONField(null=True),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['evidenced', 'registered', 'lapsed', 'transferred', 'cancelled', 'recognised', 'stopped']), _negated=True), models.Q(('accepted_date__isnull', False), ('evidenced_at__isnull', False), ('valid_to_at__isnull', False)), _connector='OR'), name='the_registered_are_evidenced'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('elsewhere__isnull', False), ('state__in', ['recognised', 'stopped'])), ('state__in', ['lapsed', 'withdrawn']), models.Q(models.Q(('state__in', ['recognised', 'stopped']), _negated=True), ('elsewhere__isnull', True)), _connector='OR'), name='the_recognised_come_from_elsewhere'),
        ),
        migrations.AddConstraint(
            model_name='recognisedregistrar',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'struck_off'), _negated=True), fields=('did',), name='one_recognised_registrar_of_a_did'),
        ),
        migrations.AddConstraint(
            model_name='recognisedregistrar',
            constraint=models.CheckConstraint(condition=models.Q(('did__startswith', 'did:web:')), name='a_recognised_registrar_has_a_did'),
        ),
        migrations.AddField(
            model_name='recognition',
            name='applicant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='recognition',
            name='issuer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.recognisedregistrar'),
        ),
        migrations.AddField(
            model_name='recognition',
            name='registrar',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='recognition',
            name='registration',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registration'),
        ),
        migrations.AddField(
            model_name='recognition',
            name='resource',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource'),
        ),
        migrations.AddIndex(
            model_name='recognition',
            index=models.Index(condition=models.Q(('next_check_at__isnull', False)), fields=['next_check_at'], name='recognitions_to_check'),
        ),
        migrations.AddIndex(
            model_name='recognition',
            index=models.Index(fields=['registration'], name='recognitions_of_right'),
        ),
        migrations.AddConstraint(
            model_name='recognition',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['checking', 'conflict', 'recognised']), models.Q(('code', ''), _negated=True)), fields=('issuer', 'code'), name='one_recognition_of_a_certificate'),
        ),
        migrations.AddConstraint(
            model_name='recognition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paper', ''), _negated=True), models.Q(('address', ''), _negated=True), _connector='OR'), name='a_recognition_has_its_source'),
        ),
        migrations.AddConstraint(
            model_name='recognition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['conflict', 'recognised']), _negated=True), models.Q(('checked_at__isnull', False), ('said__isnull', False)), _connector='OR'), name='the_recognised_were_checked'),
        ),
    ]
