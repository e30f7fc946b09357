"""What people say to the city: questions (咨询), complaints (投诉) and ratings (好差评)."""

from engine.voices import complaints, limits, questions, ratings
from engine.voices.late import KINDS, Overdue, overdue, seen_by
from engine.voices.speaking import LONGEST, NOBODY

__all__ = [
    "KINDS",
    "LONGEST",
    "NOBODY",
    "Overdue",
    "complaints",
    "limits",
    "overdue",
    "questions",
    "ratings",
    "seen_by",
]
