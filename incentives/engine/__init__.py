"""What plans pay for events: a fixed row of stages, each one query.

A stage reads the rows of the stages before it and makes its own; the columns stand in its module.
Terms are rows that are joined (``engine.tables``), so that no query depends on which components a
run has, and all of them go through a stage together. A stage that no component asks for passes its
rows on. What is many is kept in tables between stages, what is few is one statement
(``stage.Chain``). A query in brackets is planned with what reads it, one that begins with WITH
apart from it: stages that each line goes through keep to brackets, so that many are one pass.

Facts come from a file (``fact_file``) or from the records of the portal (``recorded``), together
with what earlier closings booked; what comes out is a file of lines (``files``), or what a closing
books, an estimate keeps and a recomputation compares (``month``, ``results``). The row, in order:

events      which facts count for which component, for whom, and which gate is closed
groups      of the components of a group the one that has a line
base        what of a line is measured
firsts      which events are among the first N
rate        the row of the table of rates that applies to a line
multipliers the product of the factors that apply to a line
lines       base x rate x factor, under the cap and above the floor of a line
sums        the lines of an event added up
orders      what an event is worth: split by shares, rounded once, order cap and floor
returns     what comes back of an event's result
periods     what is paid once in a period: sums, tiers, targets, bonuses, their cap and floor
caps        period cap and beneficiary cap: the earlier event first, then the id
budget      the budget of a plan
gate        what a closed gate makes zero
withhold    the part that is kept back
explain     sign, month, code and reason of each line, for a file

Returns come before the shared caps, because these count sales less what came back of them. Amounts
are rounded where a result comes about, an event's in ``orders`` and a period's in ``periods``; from
there on whole minor units are compared and added up.
"""
