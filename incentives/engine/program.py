"""A program file for the engine: everything that a component may say.

``import_program`` stores what the portal closes months with today, and refuses the rest by name.
The engine reads all of it, from a file (``try_plan``). The file::

    {"currency": "CNY", "timezone": "Asia/Shanghai", "plans": [PLAN, …]}

``timezone`` defaults to UTC+8; ``rulebook`` and ``cohorts`` may stand there and are not read.

Plan
    ``code``, ``name``, ``audience`` (``dealer``, ``staff``, ``regional_manager``; dealer),
    ``direction`` (``brand_pays``, ``dealer_pays``; brand_pays), ``from``, ``until`` (not included),
    ``components``, ``beneficiary_cap`` (the most a beneficiary gets of the plan in a month),
    ``budget_cap`` (the most that the plan pays to all, ever). Two plans of one code are versions:
    the earlier one ends where the later one starts, and what they share (caps) is counted once,
    the highest of a month counts.

Component, which events
    ``code``, ``name``.
    ``event``: ``registration``, ``dispatch`` (accepted), ``first_contact`` (in time), ``visit``,
    ``paid_sale``, ``repeat_sale`` (a paid sale to a customer with an earlier one), ``online_sale``
    (a paid sale with sold_by online), ``service``, ``certificate``, ``rank``, ``return``.
    ``place``: ``own``, ``sister``, ``other``, ``online``, ``own_or_sister``, ``any``, or a list
    (sales only; any).
    ``filter``: an object of lists, of which each has to hold: ``category``, ``level``, ``dealer``,
    ``store``, ``staff``, ``region``, ``source``. Lines of other categories do not count.
    ``anchor``: ``payment`` (the event's own day says which version applies) or ``registration``
    (the day of owned_since does; without one, or before the plan began, the event's) (payment).
    ``group``, ``order``: of the components of one group that an event counts for, the one with the
    lowest order (then the first of the file) gets it; the others give zero, reason ``group``.
    ``gate``: a list of ``agreement_signed``, ``certified``, ``data_complete``. What fails a gate
    gives zero, reason ``gate_`` and its name, and takes no room under a cap.
    ``pays_zero``: whether a sale of net 0 counts for bases other than net (false).

Component, for whom
    ``to``: ``owner`` or ``seller`` (owner); audience dealer only. The seller is the owner at own
    and sister, else the column ``seller``.
    ``by_share``: multiplied by the beneficiary's share of the sale, largest remainder (false).

Component, how much
    ``kind``, with its usual base:

    ================== ====== =====================================================================
    ``flat``           count  rate per event
    ``percent``        net    rate x base
    ``per_unit``       units  rate x units
    ``first_n``        count  rate per event, for the first ``n`` of a window (of each beneficiary;
                              with ``"per": "all"`` of all together)
    ``decay``          net    rate x base; ``from`` of a row is the age of the ownership in days
    ``matrix``         net    rate x base; a row names ``level`` and/or ``category``; of those that
                              fit the one that names both, then level, then category, then neither
    ``by_place``       count  rate per event; ``from`` of a row is the column quantity (rank)
    ``tiers_marginal`` net    over a period: each part of the sum at the rate of its row
    ``tiers_whole``    net    over a period: the whole sum at the rate of the row reached
    ``to_target``      net    over a period: the whole sum at the rate of the row reached, where
                              ``from`` is a share of the target (1 is all of it)
    ``threshold_bonus`` net   over a period: the rate of the row reached is the amount
    ================== ====== =====================================================================

    ``base``: ``net``, ``units``, ``margin``, ``count``.
    ``rows``: ``{"from", "rate", "level", "category"}``, a row is [from, next from); ``from`` is 0
    where it is left out, ``level`` and ``category`` mean any. Every kind paid per event may name
    level and category. Nothing fits: zero, reason ``no_rate``.
    ``target`` (an amount) and ``targets`` (an object of code and amount) for ``to_target``.
    ``multipliers``: ``{"factor", "level", "category", "region", "from", "until"}``; all that fit
    are multiplied (kinds paid per event).
    ``window``: ``month``, ``quarter``, ``year`` (month): what a period kind, a period cap and
    ``first_n`` count over. ``per`` is the audience's own word (``dealer``, ``staff``, ``region``).

Component, limits
    ``line_cap``, ``line_floor``, ``order_cap``, ``order_floor`` (kinds paid per event);
    ``period_cap``, ``period_floor``; ``minimum`` is another word for the floor of a result: of an
    order where it is paid per event, else of a period. A floor lifts what counts at all. What was
    paid because of a floor is taken back in proportion, as it was paid.
    ``withhold``: a share of each amount that is kept back.

Component, returns
    ``clawback``: ``original_rate`` or ``recompute`` (recompute for period kinds, for which alone it
    is), ``clawback_days`` (180), ``return_window_days`` (15, which changes no amount).

Reasons in LINES.csv, joined by ``+`` where several cut: ``group``, ``net_zero``, ``first_n``,
``no_rate``, ``line_cap``, ``line_floor``, ``order_cap``, ``order_floor``, ``period_cap``,
``period_floor``, ``beneficiary_cap``, ``budget_cap``, ``gate_agreement_signed``, ``gate_certified``,
``gate_data_complete``, ``withheld``, ``clawback_over`` (a return after clawback_days).

Columns that EVENTS.csv may have besides those of every file: ``seller`` (the dealer who sold, where
it is not the owner), ``customer`` (any name, tells repeat sales), ``source``, ``agreement_signed``
and ``data_complete`` (``yes`` or ``no``, at the moment of the event; empty is no). Certified is who
has a ``certificate`` event before: the person for staff, else anybody of the dealer.
"""
