"""A believable network with nine months of trade, made by a seeded generator.

The same seed gives the same network, people and trade, relative to the month it is made in. It goes
in through the portal's own doors: the replay of the past, and the closing of each month.
"""
