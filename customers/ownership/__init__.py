"""Whose customer it is: the rulebook, the counter that answers registrations, and what changes."""
