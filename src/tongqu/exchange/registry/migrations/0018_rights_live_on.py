"""Rights are transferred, changed, renewed and cancelled; a registration may have several certificates; objections come late."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0002_nodes_are_asked_for_more'),
        ('registry', '0017_entries_stand_together'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Dealing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('kind', models.CharField(max_length=12)),
                ('name', models.CharField(max_length=40)),
                ('code', models.CharField(max_length=15)),
                ('form', models.JSONField()),
                ('joined', models.JSONField(null=True)),
                ('before', models.JSONField(default=dict)),
                ('missing', models.JSONField(default=list)),
                ('supply_by_at', models.DateTimeField(null=True)),
                ('accepted_date', models.DateField(null=True)),
                ('accepted_by_silence', models.BooleanField(default=False)),
                ('heads', models.JSONField(default=dict)),
                ('added', models.JSONField(default=list)),
                ('published_at', models.DateTimeField(null=True)),
                ('publicised', models.JSONField(null=True)),
                ('publicity_waived', models.TextField(blank=True)),
                ('investigate_by_at', models.DateTimeField(null=True)),
                ('evidenced_at', models.DateTimeField(null=True)),
                ('filed_at', models.DateTimeField(null=True)),
                ('notice', models.JSONField(null=True)),
                ('answer', models.TextField(blank=True)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'verbose_name': 'dealing',
            },
        ),
        migrations.CreateModel(
            name='LateObjection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=40)),
                ('code', models.CharField(max_length=15)),
                ('claim', models.TextField()),
                ('evidence', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None)),
                ('contact', models.CharField(max_length=100)),
                ('missing', models.JSONField(default=list)),
                ('supply_by_at', models.DateTimeField(null=True)),
                ('answer', models.TextField(blank=True)),
                ('finding', models.TextField(blank=True)),
                ('outcome', models.CharField(blank=True, max_length=12)),
                ('filed_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'objection after registration',
            },
        ),
        migrations.CreateModel(
            name='Opposition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('reason', models.TextField()),
                ('evidence', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None)),
                ('contact', models.CharField(max_length=100)),
                ('filed_at', models.DateTimeField()),
                ('upheld', models.BooleanField(null=True)),
                ('finding', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='registration',
            name='the_registered_are_evidenced',
        ),
        migrations.AddField(
            model_name='registration',
            name='came_from',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registration'),
        ),
        migrations.AddField(
            model_name='registration',
            name='filed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='registration',
            name='lapses_at',
            field=models.DateTimeField(null=True),
        ),
        # A registration lapses with its validity unless a renewal is being decided.
        migrations.RunSQL(
            "update registry_registration set lapses_at = valid_to_at where valid_to_at is not null",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name='certificate',
            name='registration',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registration'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['evidenced', 'registered', 'lapsed', 'transferred', 'cancelled']), _negated=True), models.Q(('accepted_date__isnull', False), ('evidenced_at__isnull', False), ('valid_to_at__isnull', False)), _connector='OR'), name='the_registered_are_evidenced'),
        ),
        migrations.AddField(
            model_name='dealing',
            name='holder',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='dealing',
            name='other',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='dealing',
            name='registrar',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='dealing',
            name='registration',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registration'),
        ),
        migrations.AddField(
            model_name='lateobjection',
            name='holder',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='lateobjection',
            name='objector',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='lateobjection',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='lateobjection',
            name='registrar',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='lateobjection',
            name='registration',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registration'),
        ),
        migrations.AddField(
            model_name='opposition',
            name='dealing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.dealing'),
        ),
        migrations.AddField(
            model_name='opposition',
            name='organisation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.AddField(
            model_name='opposition',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='dealing',
            index=models.Index(fields=['kind', 'state'], name='dealings_by_kind'),
        ),
        migrations.AddIndex(
            model_name='dealing',
            index=models.Index(fields=['registration', '-id'], name='dealings_of_registration'),
        ),
        migrations.AddIndex(
            model_name='dealing',
            index=models.Index(condition=models.Q(('state__in', ['publicity', 'objection'])), fields=['-published_at'], name='dealings_publicised'),
        ),
        migrations.AddConstraint(
            model_name='dealing',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['transfer', 'change', 'renewal', 'cancellation', 'revocation'])), name='a_dealing_is_of_five_kinds'),
        ),
        migrations.AddConstraint(
            model_name='dealing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'transfer'), ('other__isnull', False)), models.Q(models.Q(('kind', 'transfer'), _negated=True), ('other__isnull', True)), _connector='OR'), name='a_transfer_has_two_sides'),
        ),
        migrations.AddConstraint(
            model_name='dealing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('other', models.F('holder')), _negated=True), models.Q(('other', models.F('registrar')), _negated=True), models.Q(('holder', models.F('registrar')), _negated=True)), name='the_sides_of_a_dealing_differ'),
        ),
        migrations.AddConstraint(
            model_name='dealing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['evidenced', 'entered']), _negated=True), ('evidenced_at__isnull', False), _connector='OR'), name='an_entered_dealing_is_evidenced'),
        ),
        migrations.AddConstraint(
            model_name='dealing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['publicity', 'objection']), _negated=True), models.Q(('publicised__isnull', False), ('published_at__isnull', False)), _connector='OR'), name='a_publicised_dealing_has_its_day'),
        ),
        migrations.AddConstraint(
            model_name='dealing',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['not_joined', 'not_applied', 'refused', 'withdrawn', 'entered', 'dropped']), _negated=True), fields=('registration',), name='one_dealing_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='lateobjection',
            index=models.Index(fields=['registration', '-id'], name='late_objections_of_right'),
        ),
        migrations.AddConstraint(
            model_name='lateobjection',
            constraint=models.CheckConstraint(condition=models.Q(('evidence__len__gte', 1)), name='a_late_objection_has_evidence'),
        ),
        migrations.AddConstraint(
            model_name='lateobjection',
            constraint=models.CheckConstraint(condition=models.Q(('objector', models.F('holder')), _negated=True), name='nobody_objects_to_its_own_right'),
        ),
        migrations.AddConstraint(
            model_name='opposition',
            constraint=models.UniqueConstraint(fields=('dealing', 'number'), name='one_opposition_of_a_number'),
        ),
        migrations.AddConstraint(
            model_name='opposition',
            constraint=models.CheckConstraint(condition=models.Q(('evidence__len__gte', 1)), name='an_opposition_has_evidence'),
        ),
    ]
