"""Plays: a bundle tried on a virtual clock, without a case and without a database write.

Pure: files as read, a calendar and a script in; a frozen `Scene` out.
"""

from engine.playing.moves import KINDS, MAX_MOVES, Script, fits, read, write
from engine.playing.notices import Notice
from engine.playing.scenes import Awaited, Deadline, Happened, Scene, Todo
from engine.playing.stage import Stage

__all__ = [
    "KINDS",
    "MAX_MOVES",
    "Awaited",
    "Deadline",
    "Happened",
    "Notice",
    "Scene",
    "Script",
    "Stage",
    "Todo",
    "fits",
    "read",
    "write",
]
