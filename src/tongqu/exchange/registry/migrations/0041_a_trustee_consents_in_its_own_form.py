"""What a trustee says is told apart by its form, too: whether it is a separate consent in the law's sense is open."""

from django.db import migrations, models

# Not held against what is there: facts never change, and of what trustees said before, the channel alone tells.
APART = '''
ALTER TABLE registry_consent_fact ADD CONSTRAINT what_a_trustee_said_has_its_own_form CHECK (
    (channel = 'trust' AND form = 'trustee') OR (channel <> 'trust' AND form <> 'trustee')
) NOT VALID;
'''
TOGETHER = 'ALTER TABLE registry_consent_fact DROP CONSTRAINT what_a_trustee_said_has_its_own_form;'


class Migration(migrations.Migration):

    dependencies = [("registry", "0040_disclosures_tell_of_use")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(APART, TOGETHER)],
            state_operations=[
                migrations.AddConstraint(
                    'consentfact',
                    models.CheckConstraint(
                        condition=models.Q(channel='trust', form='trustee') | (~models.Q(channel='trust') & ~models.Q(form='trustee')),
                        name='what_a_trustee_said_has_its_own_form',
                    ),
                ),
            ],
        ),
    ]
