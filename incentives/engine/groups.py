"""Of several components of one group that a line counts for, the first one has it."""

from incentives.engine.events import EVENTS
from incentives.engine.stage import Stage, passed_on

_COLUMNS = EVENTS.columns | {"reason": "code of why the line gives nothing"}

GROUPS = Stage(
    "engine_grouped",
    _COLUMNS,
    """
SELECT e.*, CASE WHEN c.stack IS NOT NULL AND row_number() OVER (
        PARTITION BY e.line, c.plan, c.stack, c.audience ORDER BY c.priority, c.id) > 1
    THEN 'group' END AS reason
FROM engine_event e JOIN engine_component c ON c.id = e.component_id
""",
    asked=lambda component: component.values["stack"],
    otherwise=passed_on("engine_event", _COLUMNS, reason="NULL::text"),
)
