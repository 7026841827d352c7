"""Leads of the brand: which store each is offered to, what becomes of it, and if that is fair."""
