"""A customer chooses the store that looks after them: asked by a link, answered by nobody else.

No card moves. A store that asks has the number from its own registration; who chooses a store
after a dealer closed tells it their number themselves.
"""
