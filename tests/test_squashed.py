"""A migration that stands for many leaves what they leave, and no database notices which it had."""

from importlib import import_module

from django.db import connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from dealers import backup

STAND_FOR_MANY = {
    ("dealers", "0024_squashed_0046_agreements_made_in_time"),
    ("customers", "0001_squashed_0062_exit_offers"),
    ("training", "0001_squashed_0013_quiz_bank"),
    ("training", "0014_squashed_0023_sharing_sessions"),
    ("incentives", "0001_squashed_0069_whole_journals"),
}
NAMED = ("constraints", "indexes", "triggers")


class OneByOne(MigrationLoader):
    """The migrations as they came one after another."""

    def load_disk(self):
        super().load_disk()
        for key in STAND_FOR_MANY:
            del self.disk_migrations[key]


def described(state):
    """All that the migrations know of the models, with the fields in the order of the columns."""
    tell = MigrationAutodetector(state, state).deep_deconstruct
    return {
        key: {
            "fields": [(name, tell(field)) for name, field in model.fields.items()],
            "options": {name: it for name, it in model.options.items() if name not in NAMED},
            "bases": model.bases,
            "managers": [(name, type(manager)) for name, manager in model.managers],
            **{kind: {it.name: tell(it) for it in model.options.get(kind, ())} for kind in NAMED},
        }
        for key, model in state.models.items()
    }


def to_do():
    """The migrations that this database has not had, in the order in which they would come."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(migration.app_label, migration.name) for migration, _backwards in plan]


def test_the_models_are_those_of_the_single_steps():
    at_once, one_by_one = MigrationLoader(None), OneByOne(None)

    assert len(at_once.graph.nodes) < len(one_by_one.graph.nodes) / 2
    assert described(at_once.project_state()) == described(one_by_one.project_state())


def test_the_functions_are_those_of_the_single_steps():
    def step(name):
        return import_module(f"customers.migrations.{name}")

    at_once, revealing = step("0001_squashed_0062_exit_offers"), step("0048_numbers_by_level")
    last = {
        "TIME_ACTS_AT": step("0040_releases_in_time").TIME_ACTS_AT,
        "WHO_OWNS": step("0046_after_confirmation").AFTER,
        "END_OWNERSHIP": step("0051_live_of_every_channel").END_OWNERSHIP,
        "REVEAL_READ": revealing.READ % revealing.NEEDS,
    }

    for name, text in last.items():
        assert getattr(at_once, name) == text.replace("CREATE OR REPLACE", "CREATE"), name


def test_a_database_that_had_the_single_steps_has_nothing_to_do(db):
    recorder = MigrationRecorder(connection)
    for key in STAND_FOR_MANY:
        recorder.record_unapplied(*key)

    assert to_do() == []
    assert backup.migrations_to_come() == 0

    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert recorder.applied_migrations().keys() >= STAND_FOR_MANY


def test_a_database_that_had_some_of_the_single_steps_has_the_others_to_do(db):
    recorder = MigrationRecorder(connection)
    missing = [
        ("customers", "0061_who_lost_an_order"),
        ("customers", "0062_exit_offers"),
        ("training", "0023_sharing_sessions"),
    ]
    for key in (*missing, *STAND_FOR_MANY):
        recorder.record_unapplied(*key)
    # What came after those that are stood for builds on the missing ones.
    graph = MigrationLoader(None).graph
    later = {it for key in STAND_FOR_MANY for it in graph.backwards_plan(key)} - STAND_FOR_MANY
    for key in later:
        recorder.record_unapplied(*key)

    assert [key for key in to_do() if key not in later] == missing
    assert backup.migrations_to_come() == len(missing) + len(later)
