"""The speed goals, measured: ``python -m tests.bench``, or ``make bench``.

Every goal is a ratio of two things done in the same run on the same server and data, in turns, so
that a busy machine slows both. A benchmark informs: its exit status is 0 whatever it found.
"""
