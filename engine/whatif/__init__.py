"""What if: a bundle simulated with given arrivals, people and durations. Pure and seeded.

Discrete events on an axis of office hours; the diagram itself is run by the engine. See
`engine.whatif.simulate` for the rule of the queues, `engine.whatif.setup` for the numbers.
"""

from engine.whatif.axis import Axis
from engine.whatif.course import Course
from engine.whatif.setup import Setup
from engine.whatif.summary import Figure, PostFigures, StepFigures, Summary, replicate, summarise

__all__ = [
    "Axis",
    "Course",
    "Figure",
    "PostFigures",
    "Setup",
    "StepFigures",
    "Summary",
    "replicate",
    "summarise",
]
