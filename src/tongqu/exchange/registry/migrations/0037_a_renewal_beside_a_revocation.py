"""A renewal may be asked for while the registrar's own cancellation is open."""

from django.db import migrations, models

ENDS = ['not_joined', 'not_applied', 'refused', 'withdrawn', 'entered', 'dropped', 'fallen']


class Migration(migrations.Migration):

    dependencies = [("registry", "0036_two_ways_fall_with_their_ground")]

    operations = [
        migrations.RemoveConstraint('dealing', 'one_dealing_at_a_time'),
        migrations.AddConstraint('dealing', models.UniqueConstraint(
            condition=~models.Q(state__in=ENDS) & ~models.Q(kind='revocation'), fields=('registration',), name='one_dealing_at_a_time')),
        migrations.AddConstraint('dealing', models.UniqueConstraint(
            condition=~models.Q(state__in=ENDS) & ~models.Q(kind='renewal'), fields=('registration',), name='one_dealing_beside_a_renewal')),
    ]
