"""The demo's courses, and people who are somewhere in them."""

from training.demo.courses import load
from training.demo.learners import progress
from training.demo.sharing import share
from training.demo.tracks import load as load_tracks

__all__ = ["load", "load_tracks", "progress", "share"]
