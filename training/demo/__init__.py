"""The demo's courses, and people who are somewhere in them."""

from training.demo.courses import load
from training.demo.learners import progress

__all__ = ["load", "progress"]
