"""A bank's reference is used once, whatever was paid: those of payouts are noted before claims on trusts come to use some."""

from django.db import migrations, models

NOTED = """
insert into treasury_bank_payment (reference)
select bank_reference from treasury_payout where bank_reference <> '' on conflict do nothing
"""


class Migration(migrations.Migration):
    dependencies = [("treasury", "0004_bills_name_their_statements_by_one_root")]

    operations = [
        migrations.CreateModel(
            name="BankPayment",
            fields=[("reference", models.CharField(max_length=64, primary_key=True, serialize=False))],
            options={"db_table": "treasury_bank_payment"},
        ),
        migrations.RunSQL(NOTED, migrations.RunSQL.noop),
    ]
