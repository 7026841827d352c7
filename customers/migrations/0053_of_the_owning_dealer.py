"""What becomes of an ownership is told to its own dealer."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0052_grace_of_a_request")]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="parting",
            trigger=pgtrigger.compiler.Trigger(
                name="parting_is_of_its_ownership",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n        IF EXISTS (\n            SELECT FROM added JOIN customers_ownership AS o ON o.id = added.ownership_id\n            WHERE o.dealer_id <> added.dealer_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'parting_is_of_its_ownership', MESSAGE = 'What becomes of an ownership is told to its own dealer.';\n        END IF;\n        RETURN NULL;\n        ",
                    hash="4bf089cf3121e4fc2c5410e8bc3faa87ee3ce8ab",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_parting_is_of_its_ownership_71a10",
                    referencing="REFERENCING NEW TABLE AS added ",
                    table="customers_parting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="release",
            trigger=pgtrigger.compiler.Trigger(
                name="release_is_of_its_ownership",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n        IF EXISTS (\n            SELECT FROM added JOIN customers_ownership AS o ON o.id = added.ownership_id\n            WHERE o.dealer_id <> added.dealer_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'release_is_of_its_ownership', MESSAGE = 'What becomes of an ownership is told to its own dealer.';\n        END IF;\n        RETURN NULL;\n        ",
                    hash="57f9c7c4079cc50f36bef9001e13e4cf1597d858",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_release_is_of_its_ownership_08344",
                    referencing="REFERENCING NEW TABLE AS added ",
                    table="customers_release",
                    when="AFTER",
                ),
            ),
        ),
    ]
