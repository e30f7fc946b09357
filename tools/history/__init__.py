"""A history of the demo city: a year of cases, really played through the engine.

Nothing is filled in by hand: people apply, take up, decide, are late, are warned and answer, all
through the engine's own acts, with a simulated ``now``. The same seed and the same end give the
same history: cases with their numbers, people and answers, events with their times, documents with
their numbers, cards. What the engine draws at random differs: query and verification codes, the
ids of drafts, tasks and branches, and the hashes that cover them.
"""

from tools.history.demand import A_DAY, Plan
from tools.history.length import Length, read
from tools.history.playing import SEED, play, prepare, refuse_unless_empty

__all__ = ["A_DAY", "SEED", "Length", "Plan", "play", "prepare", "read", "refuse_unless_empty"]
