import django.db.models.deletion
from django.db import migrations, models

# Each repeats the beginning of another index, and every entry and fault of an import paid for it. Taken away without keeping
# anybody waiting; brought back in the same way.
GONE = {
    "registry_entry_catalog_id_6fa9e2e7": "registry_entry (catalog_id)",
    "registry_harvest_fault_harvest_id_71345877": "registry_harvest_fault (harvest_id)",
}


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("registry", "0014_editions_say_which_lines"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"drop index concurrently if exists {name}", f"create index concurrently if not exists {name} on {on}"
                )
                for name, on in GONE.items()
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="entry",
                    name="catalog",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.catalog"
                    ),
                ),
                migrations.AlterField(
                    model_name="harvestfault",
                    name="harvest",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.harvest"
                    ),
                ),
            ],
        ),
    ]
