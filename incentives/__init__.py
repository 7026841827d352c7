"""What dealers and people earn, and why: plans, closed months, statements, boards, rewards.

To begin with: ``books.closing`` closes a month by ``engine.run``, ``statements.issue`` tells what
came of it, ``figures`` says what each figure means.
"""
