"""Share requests, flow-back subscriptions, editions and their portions: new tables only, so it runs on a busy day."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0001_initial'),
        ('registry', '0008_open_data'),
    ]

    operations = [
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('version', models.CharField(max_length=60)),
                ('file', models.CharField(max_length=64)),
                ('rows', models.BigIntegerField(default=0)),
                ('taken', models.BigIntegerField(default=0)),
                ('unclaimed', models.BigIntegerField(default=0)),
                ('unknown', models.BigIntegerField(default=0)),
                ('broken', models.BigIntegerField(default=0)),
                ('of_nobody', models.JSONField(default=dict)),
                ('divided_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
            ],
            options={
                'verbose_name': 'edition',
            },
        ),
        migrations.CreateModel(
            name='ShareRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('matter', models.CharField(max_length=60)),
                ('ground_kind', models.CharField(max_length=12)),
                ('ground', models.TextField()),
                ('items', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), size=None)),
                ('over_asked', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=list, size=None)),
                ('mode', models.CharField(max_length=12)),
                ('frequency', models.CharField(max_length=12)),
                ('safeguards', models.TextField()),
                ('contact_name', models.CharField(max_length=60)),
                ('contact_phone', models.CharField(max_length=20)),
                ('until_at', models.DateTimeField()),
                ('at_once', models.BooleanField(default=False)),
                ('missing', models.JSONField(default=list)),
                ('asked_more', models.BooleanField(default=False)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_late', models.BooleanField(default=False)),
                ('answer_days', models.IntegerField(null=True)),
                ('refusal', models.JSONField(null=True)),
                ('refused_ground', models.CharField(blank=True, max_length=12)),
                ('decision', models.JSONField(null=True)),
                ('provided', models.JSONField(null=True)),
                ('provided_at', models.DateTimeField(null=True)),
                ('provided_late', models.BooleanField(default=False)),
                ('provision_days', models.IntegerField(null=True)),
                ('doubt', models.JSONField(null=True)),
                ('renewal_until_at', models.DateTimeField(null=True)),
                ('consent_asked', models.TextField(blank=True)),
                ('consent', models.TextField(blank=True)),
                ('consented_at', models.DateTimeField(null=True)),
                ('consent_until_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('requester', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
            ],
            options={
                'verbose_name': 'share request',
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=32)),
                ('begun_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('territory', models.CharField(max_length=6)),
                ('column', models.CharField(max_length=200)),
                ('cycle', models.CharField(max_length=12)),
                ('ground', models.TextField()),
                ('contact_name', models.CharField(max_length=60)),
                ('contact_phone', models.CharField(max_length=20)),
                ('due_at', models.DateTimeField(null=True)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('late_times', models.IntegerField(default=0)),
                ('reason', models.TextField(blank=True)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.resource')),
                ('subscriber', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation')),
            ],
            options={
                'verbose_name': 'subscription',
            },
        ),
        migrations.CreateModel(
            name='Portion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rows', models.BigIntegerField()),
                ('size', models.BigIntegerField()),
                ('file', models.CharField(max_length=64)),
                ('late', models.BooleanField()),
                ('delivered_at', models.DateTimeField()),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.edition')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.subscription')),
            ],
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['failed', 'withdrawn']), _negated=True), fields=('resource', 'version'), name='one_edition_of_a_version'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'delivered'), _negated=True), ('divided_at__isnull', False), _connector='OR'), name='the_delivered_are_divided'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(('rows', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('taken'), '+', models.F('unclaimed')), '+', models.F('unknown')), '+', models.F('broken')))), name='every_row_is_counted_once'),
        ),
        migrations.AddIndex(
            model_name='sharerequest',
            index=models.Index(fields=['provider', 'state'], name='share_requests_of_provider'),
        ),
        migrations.AddIndex(
            model_name='sharerequest',
            index=models.Index(fields=['requester', 'resource'], name='share_requests_of_requester'),
        ),
        migrations.AddConstraint(
            model_name='sharerequest',
            constraint=models.CheckConstraint(condition=models.Q(('requester', models.F('provider')), _negated=True), name='nobody_shares_with_itself'),
        ),
        migrations.AddConstraint(
            model_name='sharerequest',
            constraint=models.CheckConstraint(condition=models.Q(('items__len__gte', 1)), name='a_share_request_names_elements'),
        ),
        migrations.AddConstraint(
            model_name='sharerequest',
            constraint=models.CheckConstraint(condition=models.Q(('over_asked__contained_by', models.F('items'))), name='over_asked_is_asked'),
        ),
        migrations.AddConstraint(
            model_name='sharerequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('declined', 'lapsed', 'withdrawn', 'ended')), _negated=True), fields=('requester', 'resource', 'matter'), name='one_open_share_request_for_a_matter'),
        ),
        migrations.AddConstraint(
            model_name='sharerequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['accepted', 'provided', 'questioned', 'in_use', 'renewing', 'refused', 'appealed']), _negated=True), ('answered_at__isnull', False), _connector='OR'), name='what_goes_on_was_answered'),
        ),
        migrations.AddConstraint(
            model_name='sharerequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['provided', 'questioned', 'in_use', 'renewing']), _negated=True), models.Q(('provided__isnull', False), ('provided_at__isnull', False)), _connector='OR'), name='what_is_used_was_provided'),
        ),
        migrations.AddConstraint(
            model_name='sharerequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['refused', 'appealed']), _negated=True), ('refusal__isnull', False), _connector='OR'), name='a_share_refusal_is_reasoned'),
        ),
        migrations.AddConstraint(
            model_name='sharerequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('consent', ''), ('consented_at__isnull', True)), models.Q(('consented_at__isnull', False), models.Q(('consent', ''), _negated=True)), _connector='OR'), name='a_consent_has_its_words'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(fields=['resource', 'state'], name='subscriptions_of_resource'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('subscriber', models.F('provider')), _negated=True), name='nobody_subscribes_to_itself'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('territory__regex', '^[1-9][0-9]{5}$')), name='a_territory_is_a_code'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['declined', 'withdrawn', 'ended']), _negated=True), fields=('subscriber', 'resource', 'territory'), name='one_open_subscription_for_a_territory'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'active'), _negated=True), ('delivered_at__isnull', False), _connector='OR'), name='the_active_received_something'),
        ),
        migrations.AddIndex(
            model_name='portion',
            index=models.Index(fields=['subscription', '-id'], name='portions_of_subscription'),
        ),
        migrations.AddConstraint(
            model_name='portion',
            constraint=models.UniqueConstraint(fields=('edition', 'subscription'), name='one_portion_of_an_edition'),
        ),
        migrations.AddConstraint(
            model_name='portion',
            constraint=models.CheckConstraint(condition=models.Q(('rows__gte', 0), ('size__gte', 0)), name='a_portion_is_counted'),
        ),
    ]
