"""Plays: a bundle tried on a virtual clock, without a case and without a database write.

Pure: files as read, a calendar and a script in; a frozen `Scene` out.
"""

from engine.playing.moves import KINDS, MAX_MOVES, Move, Script, fits, read, write
from engine.playing.notices import Notice
from engine.playing.record import Record
from engine.playing.scenes import Awaited, Happened, Scene
from engine.playing.stage import Stage
from engine.playing.todos import Deadline, Done, Lacking, Signed, Todo

__all__ = [
    "KINDS",
    "MAX_MOVES",
    "Awaited",
    "Deadline",
    "Done",
    "Happened",
    "Lacking",
    "Move",
    "Notice",
    "Record",
    "Scene",
    "Script",
    "Signed",
    "Stage",
    "Todo",
    "fits",
    "read",
    "write",
]
