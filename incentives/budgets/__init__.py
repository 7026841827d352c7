"""What plans were to cost, and what they do: budgets, how they stand, and their alarms."""
