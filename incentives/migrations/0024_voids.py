"""What is voided of closed months; who of headquarters may void."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.auth.management import create_permissions
from django.db import migrations


def grant(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    app = apps.get_app_config("customers")
    app.models_module = True
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    app.models_module = None
    permissions = apps.get_model("auth", "Permission").objects
    may = permissions.get(content_type__app_label="customers", codename="add_void")
    for group in apps.get_model("auth", "Group").objects.filter(
        name__in=["program", "adjudication"]
    ):
        group.permissions.add(may)


def withdraw(apps, schema_editor):
    apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="customers", codename="add_void"
    ).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0022_voids'),
        ('incentives', '0023_closed_months_take_nothing_more'),
    ]

    operations = [
        migrations.CreateModel(
            name='DealersVoid',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('customers.void',),
        ),
        migrations.CreateModel(
            name='VoidedAttribution',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('customers.attribution',),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dealersvoid',
            trigger=pgtrigger.compiler.Trigger(name='void_by_a_dealer_in_an_open_month', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (NEW."role" = \'hq\'))', func="\n        IF EXISTS (SELECT FROM incentives_run AS run\n                    JOIN customers_registration AS r ON r.id = NEW.registration_id\n                    WHERE run.month = date_trunc('month', r.received_on)::date) THEN\n            RAISE check_violation USING CONSTRAINT = 'void_by_a_dealer_in_an_open_month', MESSAGE = 'The month of this registration is closed.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='ce7de34e4309bac4db12300079a73b06256624ec', operation='INSERT', pgid='pgtrigger_void_by_a_dealer_in_an_open_month_0f124', table='customers_void', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='voidedattribution',
            trigger=pgtrigger.compiler.Trigger(name='attribution_voided_in_an_open_month', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."cause" = \'void\')', func="\n        IF EXISTS (SELECT FROM incentives_run\n                    WHERE month = date_trunc('month', NEW.counts_on)::date) THEN\n            RAISE check_violation USING CONSTRAINT = 'attribution_voided_in_an_open_month', MESSAGE = 'The month of this sale is closed.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='ce745655e49f317bf8aa045008dbc06e6351479f', operation='INSERT', pgid='pgtrigger_attribution_voided_in_an_open_month_8c1b5', table='customers_attribution', when='BEFORE')),
        ),
        migrations.RunPython(grant, withdraw),
    ]
