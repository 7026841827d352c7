"""Loading registrations and orders in bulk, answered and attributed by the rulebook.

A file is checked row by row and copied into a temporary table; what needs other rows or what is on
file is checked there by SQL. Then every affected person's events are replayed in order of time
through the same rules as a registration at the counter, and the results are copied in. All of it
is one transaction: a load that is interrupted leaves nothing, and the same command does it again.

Until the results are copied everybody works on. Then the load's own people are held, and answered
again if something happened to one of them meanwhile; see ``holding``.
"""
