"""The product of the factors that apply to a line."""

from dataclasses import dataclass

from django.db import connection

from incentives.engine.component import Component
from incentives.engine.rate import RATE
from incentives.engine.stage import Chain, Stage, passed_on

_COLUMNS = RATE.columns | {"factor": "the product of all factors that fit; 1 without any"}

_PRODUCT = """
DROP AGGREGATE IF EXISTS pg_temp.product(numeric);
CREATE AGGREGATE pg_temp.product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1')
"""


@dataclass(frozen=True)
class MultipliersStage(Stage):
    """The stage of the factors. It brings what the database lacks: a product of many."""

    def add_to(self, chain: Chain, components: list[Component]) -> None:
        if self.wanted(components):
            with connection.cursor() as cursor:
                cursor.execute(_PRODUCT)
        super().add_to(chain, components)


MULTIPLIERS = MultipliersStage(
    "engine_multiplied",
    _COLUMNS,
    """
SELECT r.*, coalesce((
    SELECT pg_temp.product(m.factor) FROM engine_factor m
    WHERE m.component_id = r.component_id
    AND (m.level IS NULL OR m.level = r.level)
    AND (m.category IS NULL OR m.category = r.category)
    AND (m.region IS NULL OR m.region = r.region)
    AND (m.starts_on IS NULL OR r.day >= m.starts_on) AND (m.ends_on IS NULL OR r.day < m.ends_on)
), 1) AS factor
FROM engine_rated r
""",
    asked=lambda component: component.factors,
    otherwise=passed_on("engine_rated", _COLUMNS, factor="1::numeric"),
)
