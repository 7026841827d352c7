"""Whose rows each table holds: the list from which the database's walls are built.

Every table of the portal stands here once, under one of these classes; a test fails for a table
that is missing. Who adds a model adds its line:

- ``own()``: rows of one dealer, by the column ``dealer_id``;
- ``secret()``: the same, which only the dealer's owner sees, and headquarters neither;
- ``of("order_id", "customers_order")``: parts of rows of another table, seen with them;
- ``within("…")``: rows of a dealer that no column names: a condition in SQL;
- ``of_person(…)``: rows of one person, by a column; ``of_person_with(…)``: parts of those;
- ``network()``: what the brand tells everybody, and only headquarters and the worker write;
- ``headquarters()``: what only headquarters and the worker see;
- ``inbox()``: what the pages for everybody put down, and only the worker takes out;
- ``entrance("user_id")``: one person's ways in, of which all are needed before anybody is known;
- ``door()``: the same, which nobody needs who is in: sessions, and what was tried at the door;
- ``bookkeeping()``: the portal's own, without anything of a customer in it;
- ``schema()``: which migrations there were.

What is added and never changes but by the worker, that seals it anew or erases it, is ``kept``.
"""

# ruff: noqa: S608 -- conditions are put together from our own text

from dealers.walls.kinds import (
    ACTOR,
    DEALER,
    OF_REGION,
    REGION,
    ROLE,
    Kind,
    Wall,
    bookkeeping,
    door,
    entrance,
    headquarters,
    inbox,
    network,
    of,
    of_person,
    of_person_with,
    own,
    schema,
    secret,
    within,
)

# Whose names a dealer reads: who works or ever worked for it, whoever asks, who works for no dealer
# as headquarters and the regions do, and whoever looked at its customers.
_NAMES = (
    "id = ANY (ARRAY(SELECT user_id FROM dealers_membership WHERE {place} UNION ALL SELECT "
    + ACTOR
    + ")) OR of_no_dealer(id)"
    " OR EXISTS (SELECT FROM dealers_accesslog AS look WHERE look.user_id = {{table}}.id)"
)
_OWN = f"user_id = {ACTOR}"
# Who answers for a region is told to everybody.
_POSTS = f"{{place}} OR {_OWN} OR dealer_id IS NULL"
# The people who work somewhere now, and whoever asks: an array, so that an index can be used.
_AT = (
    "ARRAY(SELECT user_id FROM dealers_membership WHERE {place}"
    " AND (ends_at IS NULL OR ends_at > statement_timestamp()) UNION ALL SELECT " + ACTOR + ")"
)
OF_DEALER_NOW = _AT.format(place=f"dealer_id = {DEALER}")
OF_REGION_NOW = _AT.format(place=f"dealer_id = ANY ({OF_REGION})")
_BOOKED = "EXISTS (SELECT FROM incentives_journal AS j WHERE j.key = 'adjust:' || {table}.code)"
_ENTERED = "EXISTS (SELECT FROM incentives_entry AS entry WHERE entry.journal_id = {table}.id)"
_OF_REWARD = "EXISTS (SELECT FROM incentives_reward AS whole WHERE whole.id = {table}.reward_id)"
# The places that the whole network may read, if without their names.
_PLACES = (
    "(post_id IS NULL AND board_id <> ALL"
    " (ARRAY(SELECT id FROM incentives_board WHERE metric = 'earned')))"
)

# The same of places that were worked out of others: who earned how much more than before.
_DERIVED = (
    "(post_id IS NULL AND count_id <> ALL (ARRAY(SELECT c.id FROM incentives_derivedcount AS c"
    " JOIN incentives_board AS b ON b.id = c.board_id WHERE b.metric = 'earned')))"
)

# The stories that everybody reads.
_ON_THE_PAGES = "published_at IS NOT NULL AND withdrawn_at IS NULL"

TABLES: dict[str, Wall] = {
    # Django and allauth
    "account_emailaddress": entrance("user_id"),
    "account_emailconfirmation": entrance(
        "(SELECT user_id FROM account_emailaddress AS whole WHERE whole.id = email_address_id)"
    ),
    "auth_group": network(),
    "auth_group_permissions": network(),
    "auth_permission": network(),
    "django_admin_log": headquarters(),
    "django_content_type": network(),
    "django_migrations": schema(),
    "django_session": door(),
    "mfa_authenticator": entrance("user_id"),
    "usersessions_usersession": entrance("user_id"),
    # dealers
    "dealers_accessalarm": secret(),
    "dealers_accesslog": own(),
    # The owner's to answer; whoever works there reads whether it is signed.
    "dealers_agreementanswer": own(region="false", kept=True),
    "dealers_agreementpaper": of("answer_id", "dealers_agreementanswer"),
    "dealers_agreementversion": network(),
    # How often a number was shown in an emergency, without whose.
    "dealers_brokenglass": network(),
    "dealers_calendarday": network(),
    "dealers_canary": secret(),
    "dealers_contactchange": entrance("user_id"),
    # The same for everybody, and on a page that needs no login.
    "dealers_dailyroot": network(kept=True),
    "dealers_dealer": network(),
    "dealers_dealerkey": own(kept=True),
    # Asked and answered by headquarters; a trigger refuses all others.
    "dealers_emergency": own(),
    "dealers_export": own(),
    # Put down and taken by triggers alone.
    "dealers_fact": own(region="false", kept=True),
    "dealers_fileimport": within(
        "EXISTS (SELECT FROM dealers_uploadedfile AS file WHERE file.record_id = {table}.id)"
    ),
    "dealers_invitation": own(),
    "dealers_keycheck": network(),
    "dealers_keyrotation": headquarters(),
    "dealers_link": own(region="false", kept=True),
    "dealers_membership": Wall(
        Kind.PERSON,
        dealer=_POSTS.format(place=f"dealer_id = {DEALER}"),
        region=_POSTS.format(place=f"dealer_id = ANY ({OF_REGION})"),
        added=f"dealer_id = {DEALER}",
        door=_OWN,
        door_added="false",
        person="user_id",
    ),
    "dealers_notice": of_person("user_id", hq=f"user_id = {ACTOR}"),
    "dealers_noticechoice": of_person("user_id", hq=f"user_id = {ACTOR}"),
    "dealers_outboxtask": bookkeeping(),
    "dealers_portalkey": network(kept=True),
    # What was tried of the whole network all read, and who tried it as well.
    "dealers_refusedact": within(
        f"dealer_id = {DEALER}", region="false", shown="dealer_id IS NULL", kept=True
    ),
    "dealers_region": network(),
    "dealers_restart": own(region="false", kept=True),
    # Of no dealer; a trigger lets the worker alone add to it.
    "dealers_restoredrill": network(kept=True),
    "dealers_rootpath": own(region="false", kept=True),
    # On a page that needs no login; a trigger lets the worker alone add to it.
    "dealers_scorefigure": network(kept=True),
    # Chosen by the dealer alone: a trigger refuses all others.
    "dealers_sharing": own(),
    "dealers_signedlink": own(region="false", kept=True),
    "dealers_signingkey": network(kept=True),
    "dealers_signintry": door(),
    # With the roots, for everybody; a trigger lets the worker alone add to it.
    "dealers_stampattempt": network(kept=True),
    "dealers_store": network(),
    "dealers_upload": own(),
    "dealers_uploadedfile": of("upload_id", "dealers_upload"),
    # At the door an account is looked for by what somebody types, and its secret compared.
    "dealers_user": Wall(
        Kind.PERSON,
        dealer=_NAMES.format(place=f"dealer_id = {DEALER}"),
        region=_NAMES.format(place=f"dealer_id = ANY ({OF_REGION})"),
        added=f"id = {ACTOR}",
        door="true",
        person="id",
        opens=("password",),
    ),
    "dealers_user_groups": network(),
    "dealers_user_user_permissions": network(),
    # customers
    "customers_act": own(kept=True),
    "customers_activity": own(card="customer_id", kept=True),
    "customers_attribution": own(),
    "customers_campaign": network(),
    "customers_candidate": own(),
    # Of a case each side knows its own; whoever decides about it reads A and B through the worker.
    "customers_case": within(
        "EXISTS (SELECT FROM customers_caseside AS side WHERE side.case_id = {table}.id)",
        region=f"reviewer_id = {ACTOR}",
    ),
    "customers_caseevidence": own(region="false", kept=True),
    "customers_caseproposal": of("case_id", "customers_case"),
    "customers_casereview": of("case_id", "customers_case"),
    "customers_caseruling": of("case_id", "customers_case"),
    "customers_caseside": own(region="false"),
    "customers_category": network(),
    "customers_consent": own(card="customer_id"),
    # Who asked a customer; the one who was asked about has a row of its own.
    "customers_choice": own(),
    "customers_closing": own(),
    "customers_closingstep": of("closing_id", "customers_closing"),
    "customers_customer": own(card="id", hidden=("search_tokens",)),
    "customers_dispatchstore": network(),
    "customers_dispatchstore_lines": network(),
    "customers_dispatchterms": network(),
    "customers_erasure": headquarters(),
    "customers_exitoffer": own(region="false", kept=True),
    "customers_handover": of("ownership_id", "customers_ownership"),
    # Of a person only those who have the card: the fingerprint alone tells nobody anything.
    "customers_identity": within(
        "EXISTS (SELECT FROM customers_customer AS card WHERE card.identity_id = {table}.id)",
        added="true",  # before the card is
    ),
    # Of a lead a dealer knows what it was offered.
    "customers_lead": within(
        "EXISTS (SELECT FROM customers_offer AS offer WHERE offer.lead_id = {table}.id)",
        region=f"region_id = {REGION}",
    ),
    "customers_leadentry": inbox(),
    "customers_numberchange": own(card="customer_id", kept=True),
    "customers_offer": own(),
    # Sold in an own store, or counted for it.
    "customers_order": within(
        f"store_id = ANY (ARRAY(SELECT id FROM dealers_store WHERE dealer_id = {DEALER}))"
        " OR EXISTS (SELECT FROM customers_attribution AS counted"
        " WHERE counted.order_id = {table}.id)",
        region=f"store_id = ANY (ARRAY(SELECT id FROM dealers_store"
        f" WHERE dealer_id = ANY ({OF_REGION})))"
        " OR EXISTS (SELECT FROM customers_attribution AS counted"
        " WHERE counted.order_id = {table}.id)",
        kept=True,
    ),
    "customers_orderline": of("order_id", "customers_order"),
    "customers_ownership": own(),
    "customers_ownershipevent": within(
        "EXISTS (SELECT FROM customers_ownership AS whole WHERE whole.id = {table}.ownership_id)",
        added="true",  # with the ownership, which a policy does not see yet: a trigger looks
    ),
    "customers_pageentry": inbox(),
    "customers_pagewords": network(),
    "customers_precedent": network(),
    "customers_parting": own(),
    "customers_plantedhit": headquarters(),
    "customers_plantednumber": headquarters(),
    "customers_product": network(),
    "customers_registration": own(kept=True),
    "customers_release": own(),
    "customers_retention": network(),
    "customers_rulebook": network(),
    "customers_rulebooktrial": headquarters(),
    "customers_story": network(),
    "customers_void": of("registration_id", "customers_registration"),
    "customers_unconfirmed": own(region="false", hidden=("contact", "code")),
    "customers_waiting": own(region="false"),
    # training
    "training_assignment": network(),
    "training_attempt": of_person_with("enrollment_id", "training_enrollment"),
    "training_certificate": of_person_with("enrollment_id", "training_enrollment"),
    "training_choice": network(),
    "training_course": network(),
    "training_course_first": network(),
    "training_courseversion": network(),
    "training_enrollment": of_person(
        "user_id",
        dealer=f"user_id = ANY ({OF_DEALER_NOW})",
        region=f"user_id = ANY ({OF_REGION_NOW})",
    ),
    "training_irregularity": of_person_with("enrollment_id", "training_enrollment"),
    "training_lesson": network(),
    "training_packageattempt": of_person_with("enrollment_id", "training_enrollment"),
    "training_picture": network(),
    "training_progress": of_person_with("enrollment_id", "training_enrollment"),
    "training_question": network(),
    "training_reminder": of_person(
        "user_id",
        region=f"user_id = ANY ({OF_REGION_NOW})",
        added=f"by_id = {ACTOR} AND user_id = ANY ({OF_REGION_NOW})",
    ),
    # Who has a place is seen by the person and by who manages the region; counted by the worker.
    "training_seat": of_person("user_id", region=f"user_id = ANY ({OF_REGION_NOW})"),
    "training_attendancecode": headquarters(),
    "training_codetry": headquarters(),
    "training_kudos": of_person("user_id"),
    "training_sessionquestion": of_person("user_id"),
    "training_sharingsession": network(),
    # A dealer's own, and what its owner and headquarters put on the pages of everybody.
    "training_story": within(
        f"dealer_id = {DEALER}",
        region="false",
        shown=f"({_ON_THE_PAGES})",
        added=f"dealer_id = {DEALER}",
    ),
    "training_story_courses": network(),
    "training_storyfigure": of("story_id", "training_story", shown=_ON_THE_PAGES),
    "training_storypicture": of("story_id", "training_story", shown=_ON_THE_PAGES),
    "training_track": network(),
    "training_withdrawal": network(kept=True),
    # incentives
    "incentives_account": own(),
    "incentives_accountcode": headquarters(),
    "incentives_acknowledgement": of("statement_id", "incentives_statement"),
    # The owner's alone, and headquarters knows since when; what is sealed it cannot read.
    "incentives_bankaccount": Wall(
        Kind.DEALER,
        dealer=f"dealer_id = {DEALER} AND {ROLE} = ANY (ARRAY['owner', 'hq'])",
        region="false",
        kept=True,
    ),
    "incentives_bankfilecolumn": headquarters(),
    # A dealer reads of an adjustment once it is in the books.
    "incentives_adjustment": Wall(
        Kind.DEALER, dealer=f"dealer_id = {DEALER} AND {_BOOKED}", region="false"
    ),
    "incentives_adjustmentdecision": headquarters(),
    "incentives_board": network(),
    # Left by triggers with whatever boards count, and taken by the worker: of all dealers.
    "incentives_boardmark": headquarters(),
    "incentives_budgetalarm": headquarters(),
    "incentives_budgetstanding": headquarters(),
    "incentives_coachingcheck": of("note_id", "incentives_coachingnote"),
    "incentives_coachingnote": own(),
    "incentives_certified": own(region="false", kept=True),
    "incentives_cohort": network(),
    "incentives_cohort_regions": network(),
    "incentives_combinedboard": network(),
    "incentives_derivedcount": network(),
    "incentives_derivedplace": within(
        f"dealer_id = {DEALER}",
        region=f"dealer_id = ANY ({OF_REGION})",
        shown=_DERIVED,
        added="false",
    ),
    "incentives_component": network(),
    "incentives_dispute": own(region="false"),
    "incentives_disputeevent": of("dispute_id", "incentives_dispute"),
    "incentives_disputeexhibit": own(region="false", kept=True),
    # A dealer reads a decision once it takes effect, as the adjustment that it adds.
    "incentives_disputeruling": within(
        "EXISTS (SELECT FROM incentives_dispute AS whole WHERE whole.id = {table}.dispute_id)"
        " AND (adjustment_id IS NULL OR EXISTS (SELECT FROM incentives_adjustment AS given"
        " WHERE given.id = {table}.adjustment_id))"
    ),
    "incentives_entry": of("account_id", "incentives_account"),
    "incentives_failedclosing": headquarters(),
    "incentives_goal": own(),
    "incentives_hold": own(),
    # A person's own account is nobody's at a dealer: whoever sees the reward sees its journal.
    "incentives_journal": within(
        f"{_ENTERED} OR source = 'reward' AND EXISTS (SELECT FROM incentives_reward AS given"
        " WHERE given.code = {table}.source_key)",
        added=_ENTERED,
    ),
    "incentives_line": of("result_id", "incentives_result"),
    "incentives_naming": own(region="false"),
    "incentives_openline": of("open_month_id", "incentives_openmonth"),
    "incentives_openmonth": own(),
    "incentives_openresult": of("open_month_id", "incentives_openmonth"),
    # Of a batch a dealer knows that a payment of its own is in it.
    "incentives_payout": own(region="false"),
    "incentives_payoutbatch": of("id", "incentives_payout", key="batch_id"),
    "incentives_period": network(),
    "incentives_plan": network(),
    "incentives_planbudget": headquarters(),
    "incentives_planversion": network(),
    "incentives_program": network(),
    # The places of people, and what is earned, are seen with their dealer; what others see of them
    # the boards read.
    "incentives_ranking": within(
        f"dealer_id = {DEALER}",
        region=f"dealer_id = ANY ({OF_REGION})",
        shown=_PLACES,
        added="false",
    ),
    "incentives_raterow": network(),
    "incentives_replay": headquarters(),
    # What is announced, of each dealer its own; drafts are not.
    "incentives_replayedamount": within(
        f"dealer_id = {DEALER} AND announced",
        region=f"dealer_id = ANY ({OF_REGION}) AND announced",
        added="false",
    ),
    "incentives_result": own(),
    # The owner's and whose they are, wherever they work now; those of stores and dealers, their
    # people's too. The worker settles, and writes down what headquarters decides.
    "incentives_reward": Wall(
        Kind.DEALER,
        dealer=f"dealer_id = {DEALER} AND ({ROLE} = 'owner' OR post_id IS NULL)"
        f" OR person_id = {ACTOR}",
        region=f"person_id = {ACTOR}",
        added="false",
        kept=True,
    ),
    "incentives_rewardprogram": network(),
    "incentives_rewardreview": within(_OF_REWARD, added="false"),
    "incentives_rewardsettlement": network(),
    "incentives_rewardsuspicion": within(_OF_REWARD, added="false"),
    "incentives_run": network(),
    "incentives_runningplace": within(
        f"dealer_id = {DEALER}",
        region=f"dealer_id = ANY ({OF_REGION})",
        shown=_PLACES,
        added="false",
    ),
    "incentives_season": network(),
    # Of five dealers or more, and none of them in it.
    "incentives_sharinggroup": network(kept=True),
    # Asked by an owner, found by the worker: nobody at the brand reads what it would choose by.
    "incentives_sharingtrial": secret(),
    "incentives_spread": headquarters(),
    "incentives_statement": own(),
    "incentives_statementrelease": network(),
    "incentives_statementdocument": of("statement_id", "incentives_statement"),
    "incentives_storeview": of_person("user_id", hq="false"),
}
