"""Plays: a bundle tried on a virtual clock, without a case and without a database write.

Pure: files as read, a calendar and a script in; a frozen `Scene` out.
"""

from engine.playing.moves import MAX_MOVES, Script, read, write
from engine.playing.notices import Notice
from engine.playing.scenes import Awaited, Deadline, Happened, Scene, Todo
from engine.playing.stage import Stage

__all__ = [
    "MAX_MOVES",
    "Awaited",
    "Deadline",
    "Happened",
    "Notice",
    "Scene",
    "Script",
    "Stage",
    "Todo",
    "read",
    "write",
]
