"""Whose customer somebody is: registrations, protections, leads, orders, and customers' own rights.

To begin with: ``ownership.counter`` answers a registration by ``ownership.rulebook``, ``cards`` is
the one door to names and numbers.
"""
