"""What is about tables of other apps, which name our people and so come after the first step.

Done once more, without effect, where an earlier step had done it.
"""

import django.contrib.admin.models
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from dealers.keys import envelopes

SECRETS = ("secret", "seed")


def seal_second_factors(apps, schema_editor):
    """Seal what lies in the clear; run again it changes nothing."""
    for factor in apps.get_model("mfa", "Authenticator").objects.select_for_update():
        clear = {
            name: envelopes.seal("second factors", factor.data[name])
            for name in SECRETS
            if name in factor.data and not envelopes.is_sealed(factor.data[name])
        }
        if clear:
            factor.data |= clear
            factor.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("dealers", "0023_codes_of_customers"),
    ]

    operations = [
        migrations.CreateModel(
            name="AdminLog",
            fields=[],
            options={
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("admin.logentry",),
            managers=[
                ("objects", django.contrib.admin.models.LogEntryManager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adminlog",
            trigger=pgtrigger.compiler.Trigger(
                name="admin_log_only_added",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="60a9f157edac121a4735ada6a75af2c60d73bea4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_admin_log_only_added_f7371",
                    table="django_admin_log",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adminlog",
            trigger=pgtrigger.compiler.Trigger(
                name="admin_log_never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                    hash="b4b9ae9ab9a8f1b2dbea305e75f7dc2f07592c74",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_admin_log_never_emptied_d49cb",
                    table="django_admin_log",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunPython(seal_second_factors, migrations.RunPython.noop),
    ]
