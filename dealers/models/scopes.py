"""Whose rows a post sees: said once for all tables that are seen alike."""

from typing import Self

from django.db import models

from dealers.models.people import Membership


class SeenAtDealer[M: models.Model](models.QuerySet[M]):
    """Rows of a dealer that everybody who works there sees alike."""

    def visible_to(self, membership: Membership | None) -> Self:
        if membership is None or not membership.at_dealer:
            return self.none()
        return self.filter(dealer=membership.dealer_id)


class SeenByPosts[M: models.Model](models.QuerySet[M]):
    """Rows of a dealer with their store: a store's post sees the store's, an owner all."""

    def visible_to(self, membership: Membership | None) -> Self:
        if membership is None or not membership.at_dealer:
            return self.none()
        if membership.is_store_post:
            return self.filter(store=membership.store_id)
        return self.filter(dealer=membership.dealer_id)


class SeenByOwners[M: models.Model](models.QuerySet[M]):
    """Rows of a dealer for its owner alone: regional managers and staff do not see them."""

    def visible_to(self, membership: Membership | None) -> Self:
        if membership is None or not membership.at_dealer or membership.is_store_post:
            return self.none()
        return self.filter(dealer=membership.dealer_id)
