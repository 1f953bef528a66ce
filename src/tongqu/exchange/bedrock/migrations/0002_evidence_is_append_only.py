"""What the log has kept it keeps: the database refuses to change, delete or truncate it, whoever asks."""

from django.db import migrations

KEPT = ["fact", "leaf", "tile", "checkpoint"]

REFUSE = """
CREATE FUNCTION bedrock_evidence_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: the evidence log is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
"""

# Per statement, so that an attempt that would touch no row is refused too, and an insert pays nothing.
GUARD = """
CREATE TRIGGER bedrock_{table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bedrock_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION bedrock_evidence_is_append_only();
"""


class Migration(migrations.Migration):

    dependencies = [("bedrock", "0001_evidence")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION bedrock_evidence_is_append_only()"),
        *(
            migrations.RunSQL(
                GUARD.format(table=table), f"DROP TRIGGER bedrock_{table}_is_append_only ON bedrock_{table}"
            )
            for table in KEPT
        ),
    ]
