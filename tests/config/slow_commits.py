"""A table of which the database takes its time to keep rows, as on a disk that stalls."""

from contextlib import contextmanager

from django.db import connection

STALL = """
CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER stall AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION stall();
"""


@contextmanager
def commits_slowly(table, seconds):
    """Whoever has added a row to ``table`` waits for COMMIT, which goes on without them.

    The block ends once all of these have come to their end.
    """
    with connection.cursor() as cursor:
        cursor.execute(STALL.format(table=table, seconds=seconds))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION stall() CASCADE")
