"""Nothing more is written down about who was erased."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0053_of_the_owning_dealer")]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="act",
            trigger=pgtrigger.compiler.Trigger(
                name="act_about_nobody_erased",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.note <> '')",
                    func="\n        IF EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'act_about_nobody_erased', MESSAGE = 'Nothing more is written down about who was erased.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                    hash="249823386e888a08a659053872404f57495a77b3",
                    operation="INSERT",
                    pgid="pgtrigger_act_about_nobody_erased_44891",
                    table="customers_act",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="activity",
            trigger=pgtrigger.compiler.Trigger(
                name="activity_about_nobody_erased",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.note_sealed IS NOT NULL)",
                    func="\n        IF EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = (SELECT identity_id FROM customers_customer WHERE id = NEW.customer_id)) THEN\n            RAISE check_violation USING CONSTRAINT = 'activity_about_nobody_erased', MESSAGE = 'Nothing more is written down about who was erased.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                    hash="2a264586de87140e161b3b2439348b3de8e47863",
                    operation="INSERT",
                    pgid="pgtrigger_activity_about_nobody_erased_e7a8e",
                    table="customers_activity",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseevidence",
            trigger=pgtrigger.compiler.Trigger(
                name="case_evidence_about_nobody_erased",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.text_sealed IS NOT NULL OR NEW.file_sealed IS NOT NULL)",
                    func="\n        IF EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'case_evidence_about_nobody_erased', MESSAGE = 'Nothing more is written down about who was erased.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                    hash="08ccf57f80c8c7b5aa0a9f735d192f32acb99c66",
                    operation="INSERT",
                    pgid="pgtrigger_case_evidence_about_nobody_erased_8567c",
                    table="customers_caseevidence",
                    when="BEFORE",
                ),
            ),
        ),
    ]
