"""Sharing sessions: who has a place, who came, what was asked, and what people are told of it."""

from datetime import timedelta

from dealers.actor import Actor

# Places, questions and thanks of all are counted, and only their own are shown to people: what
# counts and changes them acts as this.
WORKER = Actor.worker("sharing sessions")
GRACE = timedelta(minutes=30)  # after its end: who is still there has the code in front of them


class SessionRefused(Exception):
    """The message is written for the person who asked."""
