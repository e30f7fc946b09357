"""Processes of other bundles that a case has called: which ones, and how they are found."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from engine.bpmn import joining
from engine.bpmn.calling import Wanted

#: Versions whose processes are kept in memory.
CACHED: Final = 128


@dataclass(frozen=True)
class Part:
    """A process of a deployed version that a case calls; that version never changes."""

    #: The version's id, its item and number, and the hash of its bundle.
    version: int
    item: str
    number: int
    hash: str
    #: The process, as it was drawn.
    process: str
    #: The version's container.
    compiled: bytes = field(compare=False, repr=False)

    @property
    def prefix(self) -> str:
        """What its names begin with inside the case."""
        return joining.prefix(self.item, self.number)

    @property
    def name(self) -> str:
        """Its process inside the case."""
        return self.prefix + self.process


#: Finds what a call of another bundle names; None: the process of the case's own version. Raises
#: RuntimeFault when there is none, or more than one.
Abroad = Callable[[Wanted], Part | None]
