"""People, organisations with their control graph, mandates, API keys, signature keys and nodes."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Node',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=60)),
                ('address', models.CharField(blank=True, max_length=300)),
                ('enrolment_digest', models.CharField(blank=True, max_length=64)),
                ('enrolment_until_at', models.DateTimeField(null=True)),
                ('public_key', models.CharField(max_length=64, null=True, unique=True)),
                ('software', models.CharField(blank=True, max_length=100)),
                ('registered_at', models.DateTimeField(null=True)),
                ('last_seen_at', models.DateTimeField(null=True)),
                ('last_sequence', models.BigIntegerField(default=0)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'verbose_name': 'node',
            },
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('full_name', models.CharField(blank=True, max_length=60)),
                ('phone', models.CharField(blank=True, max_length=20)),
                ('language', models.CharField(blank=True, max_length=8)),
                ('failed_sign_ins', models.PositiveIntegerField(default=0)),
                ('locked_until_at', models.DateTimeField(blank=True, null=True)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'abstract': False,
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='NodeSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=100)),
                ('declaration', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('declared_at', models.DateTimeField()),
                ('gone_at', models.DateTimeField(null=True)),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.node')),
            ],
        ),
        migrations.CreateModel(
            name='NodeTask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('work', models.CharField(max_length=16)),
                ('target', models.CharField(max_length=100)),
                ('asked_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('fault', models.CharField(blank=True, max_length=100)),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.node')),
            ],
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=100)),
                ('short_name', models.CharField(max_length=30)),
                ('kind', models.CharField(max_length=20)),
                ('credit_code', models.CharField(max_length=18)),
                ('region', models.CharField(max_length=6)),
                ('address', models.CharField(max_length=200)),
                ('legal_representative', models.CharField(max_length=60)),
                ('contact_name', models.CharField(max_length=60)),
                ('contact_phone', models.CharField(max_length=20)),
                ('contact_email', models.CharField(blank=True, max_length=200)),
                ('licence', models.CharField(blank=True, max_length=200)),
                ('licence_until_date', models.DateField(null=True)),
                ('papers', models.JSONField(default=list)),
                ('asked_roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), default=list, size=None)),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), default=list, size=None)),
                ('operates_exchange', models.BooleanField(default=False)),
                ('identity', models.JSONField(default=dict)),
                ('verified_at', models.DateTimeField(null=True)),
                ('verify_by_at', models.DateTimeField(null=True)),
                ('missing', models.JSONField(default=list)),
                ('reasons', models.JSONField(default=list)),
                ('applicant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'organisation',
            },
        ),
        migrations.AddField(
            model_name='node',
            name='provider',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation'),
        ),
        migrations.CreateModel(
            name='Mandate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None)),
                ('since_at', models.DateTimeField()),
                ('until_at', models.DateTimeField()),
                ('reason', models.TextField(blank=True)),
                ('granted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'mandate',
            },
        ),
        migrations.CreateModel(
            name='Control',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('controller_code', models.CharField(max_length=18)),
                ('controller_name', models.CharField(max_length=100)),
                ('controlled_code', models.CharField(max_length=18)),
                ('basis', models.CharField(max_length=20)),
                ('share_basis_points', models.IntegerField(null=True)),
                ('since_date', models.DateField()),
                ('until_date', models.DateField(null=True)),
                ('declared_at', models.DateTimeField()),
                ('declared_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('name', models.CharField(max_length=60)),
                ('prefix', models.CharField(max_length=16, unique=True)),
                ('digest', models.CharField(max_length=64)),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None)),
                ('until_at', models.DateTimeField()),
                ('last_used_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'API key',
            },
        ),
        migrations.CreateModel(
            name='SignatureKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('keeper', models.CharField(max_length=8)),
                ('name', models.CharField(blank=True, max_length=60)),
                ('key_id', models.CharField(max_length=16, unique=True)),
                ('public', models.CharField(max_length=64, unique=True)),
                ('sealed', models.BinaryField(null=True)),
                ('sealed_with', models.CharField(blank=True, max_length=16)),
                ('retired_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'signature key',
            },
        ),
        migrations.CreateModel(
            name='SourceProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=100)),
                ('source_version', models.CharField(max_length=64)),
                ('profile', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('measured_at', models.DateTimeField()),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.node')),
            ],
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.CheckConstraint(condition=models.Q(('phone', ''), ('phone__regex', '^\\+?[0-9][0-9 -]{4,18}$'), _connector='OR'), name='a_phone_is_digits'),
        ),
        migrations.AddConstraint(
            model_name='nodesource',
            constraint=models.UniqueConstraint(fields=('node', 'source'), name='one_source_of_a_name'),
        ),
        migrations.AddConstraint(
            model_name='nodetask',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at__isnull', True)), fields=('node', 'work', 'target'), name='one_open_task_of_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='nodetask',
            constraint=models.CheckConstraint(condition=models.Q(('work__in', ['profile', 'statement'])), name='a_task_is_known_work'),
        ),
        migrations.AddIndex(
            model_name='organisation',
            index=models.Index(fields=['state', 'region'], name='organisations_by_region'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['refused', 'left']), _negated=True), fields=('credit_code',), name='one_member_per_credit_code'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.UniqueConstraint(condition=models.Q(('operates_exchange', True), models.Q(('state__in', ['refused', 'left']), _negated=True)), fields=('operates_exchange',), name='one_operator_of_the_exchange'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('credit_code__regex', '^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$')), name='credit_code_has_its_form'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('region__regex', '^[0-9]{6}$')), name='region_has_six_digits'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('operates_exchange', False), models.Q(('roles__overlap', ['supplier', 'data_merchant']), _negated=True), _connector='OR'), name='the_operator_does_not_sell'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'admitted'), _negated=True), models.Q(('verified_at__isnull', False), ('verify_by_at__gt', models.F('verified_at'))), _connector='OR'), name='the_admitted_are_verified'),
        ),
        migrations.AddIndex(
            model_name='node',
            index=models.Index(fields=['provider', 'state'], name='nodes_of_provider'),
        ),
        migrations.AddConstraint(
            model_name='node',
            constraint=models.UniqueConstraint(condition=models.Q(('enrolment_digest', ''), _negated=True), fields=('enrolment_digest',), name='one_node_per_enrolment_key'),
        ),
        migrations.AddConstraint(
            model_name='node',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'active'), _negated=True), ('public_key__isnull', False), _connector='OR'), name='an_active_node_has_a_key'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(('until_at__gt', models.F('since_at'))), name='a_mandate_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(('roles__len__gt', 0)), name='a_mandate_names_a_role'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('person', 'organisation'), name='one_mandate_in_force_each'),
        ),
        migrations.AddIndex(
            model_name='control',
            index=models.Index(fields=['controlled_code'], name='control_by_controlled'),
        ),
        migrations.AddConstraint(
            model_name='control',
            constraint=models.CheckConstraint(condition=models.Q(('controller_code', models.F('controlled_code')), _negated=True), name='nobody_controls_itself'),
        ),
        migrations.AddConstraint(
            model_name='control',
            constraint=models.CheckConstraint(condition=models.Q(('until_date__isnull', True), ('until_date__gte', models.F('since_date')), _connector='OR'), name='control_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='control',
            constraint=models.CheckConstraint(condition=models.Q(('share_basis_points__isnull', True), models.Q(('share_basis_points__gt', 0), ('share_basis_points__lte', 10000)), _connector='OR'), name='a_share_is_a_part'),
        ),
        migrations.AddConstraint(
            model_name='control',
            constraint=models.UniqueConstraint(condition=models.Q(('until_date__isnull', True)), fields=('controller_code', 'controlled_code'), name='one_control_between_two'),
        ),
        migrations.AddConstraint(
            model_name='apikey',
            constraint=models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='an_api_key_is_kept_as_its_hash'),
        ),
        migrations.AddConstraint(
            model_name='apikey',
            constraint=models.CheckConstraint(condition=models.Q(('until_at__gt', models.F('begun_at'))), name='an_api_key_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='signaturekey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('keeper', 'exchange'), ('sealed__isnull', False)), models.Q(('keeper', 'party'), ('sealed__isnull', True)), _connector='OR'), name='the_exchange_keeps_only_its_keys'),
        ),
        migrations.AddConstraint(
            model_name='signaturekey',
            constraint=models.CheckConstraint(condition=models.Q(('public__regex', '^[0-9a-f]{64}$')), name='a_public_key_has_32_bytes'),
        ),
        migrations.AddConstraint(
            model_name='signaturekey',
            constraint=models.UniqueConstraint(condition=models.Q(('keeper', 'exchange'), ('state', 'in_use')), fields=('person', 'organisation'), name='one_kept_key_in_use_each'),
        ),
        migrations.AddIndex(
            model_name='sourceprofile',
            index=models.Index(fields=['node', 'source', '-measured_at'], name='profiles_latest'),
        ),
    ]
