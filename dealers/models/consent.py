"""Triggers: nobody is given a post at a dealer without its consent, nor gives one to themselves.

Whoever joins was invited, by who answers for the post, and the worker writes it down; inside a
dealer the posts of its people change. What pages and domain refuse is refused here to whoever gets
past them, as what the database knows of who acts.
"""

import pgtrigger

from dealers.triggers import refuses

_PAGES = "'portal_door', 'portal_dealer', 'portal_looker', 'portal_region', 'portal_hq'"
_ON_A_PAGE = f"current_user IN ({_PAGES})"
_ACTOR = "nullif(current_setting('app.actor_id', true), '')::bigint"
_ROLE = "coalesce(current_setting('app.role', true), '')"


def posts_are_taken(name: str) -> list[pgtrigger.Trigger]:
    """Triggers of posts: nobody gives one but inside a dealer, to its people, and none again."""
    return [
        refuses(
            f"{name}_by_who_was_invited",
            "true",
            "A post is taken by who was invited to it.",
            condition=pgtrigger.Condition(
                f"({_ON_A_PAGE} AND (current_user <> 'portal_dealer'"
                " OR NEW.role NOT IN ('associate', 'store_manager')))"
            ),
            rows=True,
        ),
        refuses(
            f"{name}_by_the_dealers_own",
            f"{_ROLE} NOT IN ('owner', 'store_manager') OR NOT EXISTS ("
            "SELECT FROM dealers_membership AS held"
            " WHERE held.user_id = NEW.user_id AND held.dealer_id = NEW.dealer_id"
            " AND (held.ends_at IS NULL OR held.ends_at >= NEW.starts_at))",
            "Another post is for who has one at this dealer.",
            condition=pgtrigger.Condition("(current_user = 'portal_dealer')"),
            rows=True,
        ),
        refuses(
            f"{name}_once",
            "true",
            "A post that has an end runs no longer than that.",
            operation=pgtrigger.UpdateOf("ends_at"),
            condition=pgtrigger.Condition(
                f"({_ON_A_PAGE} AND OLD.ends_at IS NOT NULL"
                " AND (NEW.ends_at IS NULL OR NEW.ends_at > OLD.ends_at))"
            ),
            rows=True,
        ),
    ]


def invited_with_consent(name: str) -> list[pgtrigger.Trigger]:
    """Triggers of invitations: by who acts, to what they may give, and agreed to by another."""
    return [
        refuses(
            f"{name}_by_who_acts",
            f"NEW.invited_by_id IS DISTINCT FROM {_ACTOR}",
            "An invitation is sent by who acts, to a post that they may give.",
            condition=pgtrigger.Condition(f"({_ON_A_PAGE})"),
            rows=True,
        ),
        refuses(
            f"{name}_to_what_they_give",
            "true",
            "An invitation is sent by who acts, to a post that they may give.",
            condition=pgtrigger.Condition(
                f"({_ON_A_PAGE} AND NEW.role NOT IN ('owner', 'regional_manager')"
                " AND current_user <> 'portal_dealer'"
                f" OR {_ON_A_PAGE} AND NEW.role NOT IN ('associate', 'store_manager')"
                " AND current_user <> 'portal_hq')"
            ),
            rows=True,
        ),
        refuses(
            f"{name}_agreed_to_by_who_acts",
            f"NEW.consented_by_id IS DISTINCT FROM {_ACTOR} OR {_ROLE} NOT IN ('owner', 'hq')",
            "Who acts agrees to an invitation, as an owner or for headquarters.",
            operation=pgtrigger.UpdateOf("consented_at", "consented_by_id"),
            condition=pgtrigger.Condition(
                f"({_ON_A_PAGE} AND NEW.consented_by_id IS DISTINCT FROM OLD.consented_by_id)"
            ),
            rows=True,
        ),
        refuses(
            f"{name}_of_later_owners",
            "EXISTS (SELECT FROM dealers_membership AS held"
            " WHERE held.dealer_id = NEW.dealer_id AND held.role = 'owner')"
            " OR EXISTS (SELECT FROM dealers_invitation AS sent"
            " WHERE sent.dealer_id = NEW.dealer_id AND sent.role = 'owner'"
            " AND sent.accepted_at IS NULL AND sent.revoked_at IS NULL"
            " AND sent.expires_at > NEW.invited_at)",
            "Another owner of a dealer needs consent.",
            condition=pgtrigger.Condition(
                f"(({_ON_A_PAGE} OR current_user = 'portal_worker')"
                " AND NEW.role = 'owner' AND NOT NEW.needs_consent)"
            ),
            rows=True,
        ),
    ]
