"""Small signs of a diagram, drawn by ourselves: kinds of tasks and events, and states."""

from typing import Final

from engine.bpmn.svg import tag

INK: Final = "#1c2a2e"
SOFT: Final = "#4a585d"
MUTED: Final = "#536067"
PALE: Final = "#d8d4c9"
WHITE: Final = "#ffffff"
TEAL: Final = "#10606b"
TEAL_PALE: Final = "#eff6f5"
TEAL_LINE: Final = "#a9cfd1"
AMBER: Final = "#7d4a00"
AMBER_PALE: Final = "#fdeed0"
AMBER_FAINT: Final = "#fff8ea"
GREEN: Final = "#1f6b3a"
GREEN_PALE: Final = "#e6f4ea"
GREEN_FAINT: Final = "#f3faf5"
RED: Final = "#b3261e"
BLUE: Final = "#1d5a99"


def _at(x: float, y: float, content: str) -> str:
    return tag("g", content, transform=f"translate({x:g} {y:g})", aria_hidden="true")


def person(x: float, y: float, colour: str = TEAL) -> str:
    """Draw one person, 16 by 16: a user task."""
    head = tag("circle", cx=8, cy=4.6, r=3.1, fill="none", stroke=colour, stroke_width=1.4)
    body = tag(
        "path",
        d="M2 14.6C2 10.9 4.6 9.2 8 9.2S14 10.9 14 14.6Z",
        fill="none",
        stroke=colour,
        stroke_width=1.4,
        stroke_linejoin="round",
    )
    return _at(x, y, head + body)


def table(x: float, y: float) -> str:
    """Draw a small table, 16 by 16: a business rule task."""
    frame = tag("rect", x=1.5, y=2.5, width=13, height=11, rx=1, fill="none", stroke=TEAL)
    head = tag("rect", x=1.5, y=2.5, width=13, height=3.4, rx=1, fill=TEAL)
    lines = tag("path", d="M1.5 9.7H14.5M6 5.9V13.5", stroke=TEAL)
    return _at(x, y, frame + head + lines)


def script(x: float, y: float) -> str:
    """Draw a written page, 16 by 16: a script task."""
    page = tag(
        "path",
        d="M4 1.8H12.6C10.8 5 14 9 12.2 14.2H3.4C5.2 9 2 5 4 1.8Z",
        fill="none",
        stroke=TEAL,
        stroke_width=1.3,
        stroke_linejoin="round",
    )
    lines = tag("path", d="M5.4 5H10.4M6 8H11M6.2 11H11", stroke=TEAL)
    return _at(x, y, page + lines)


def gear(x: float, y: float) -> str:
    """Draw a wheel, 16 by 16: any other task."""
    wheel = tag("circle", cx=8, cy=8, r=3.6, fill="none", stroke=TEAL, stroke_width=1.6)
    teeth = tag("path", d="M8 1.5V4M8 12V14.5M1.5 8H4M12 8H14.5", stroke=TEAL, stroke_width=1.8)
    return _at(x, y, wheel + teeth)


def clock(x: float, y: float, radius: float) -> str:
    """Draw a clock face around a middle: a timer."""
    face = tag("circle", cx=0, cy=0, r=radius, fill=WHITE, stroke=SOFT, stroke_width=1.2)
    high, wide = radius * 0.72, radius * 0.55
    hands = tag(
        "path",
        d=f"M0 {-high:g}V0L{wide:g} {wide * 0.5:g}",
        fill="none",
        stroke=INK,
        stroke_width=1.3,
        stroke_linecap="round",
    )
    return _at(x, y, face + hands)


def cross(x: float, y: float) -> str:
    """Draw an X around a middle: an exclusive gateway."""
    return _at(x, y, tag("path", d="M-6 -7L6 7M6 -7L-6 7", stroke=INK, stroke_width=2.6))


def plus(x: float, y: float) -> str:
    """Draw a + around a middle: a parallel gateway."""
    return _at(x, y, tag("path", d="M0 -9V9M-9 0H9", stroke=INK, stroke_width=2.6))


def ring(x: float, y: float) -> str:
    """Draw an O around a middle: an inclusive gateway."""
    return _at(x, y, tag("circle", r=8, fill="none", stroke=INK, stroke_width=2.4))


def question(x: float, y: float) -> str:
    """Draw a star around a middle: a gateway of another kind."""
    return _at(x, y, tag("path", d="M0 -9V9M-9 0H9M-6 -6L6 6M6 -6L-6 6", stroke=INK))


def bars(x: float, y: float) -> str:
    """Draw three bars around a middle: several departments at the same time."""
    return _at(x, y, tag("path", d="M-5 -6V6M0 -6V6M5 -6V6", stroke=TEAL, stroke_width=2.6))


def folded(x: float, y: float) -> str:
    """Draw a + in a box around a middle: a folded subprocess."""
    box = tag("rect", x=-7, y=-7, width=14, height=14, fill=WHITE, stroke=SOFT)
    return _at(x, y, box + tag("path", d="M0 -4V4M-4 0H4", stroke=SOFT, stroke_width=1.4))


def badge(x: float, y: float, colour: str, sign: str) -> str:
    """Draw a sign, a path around a middle, in white on a disc."""
    disc = tag("circle", r=9.5, fill=colour, stroke=WHITE, stroke_width=2)
    path = tag(
        "path",
        d=sign,
        fill="none",
        stroke=WHITE,
        stroke_width=2.2,
        stroke_linecap="round",
        stroke_linejoin="round",
    )
    return _at(x, y, disc + path)


def badge_current(x: float, y: float) -> str:
    """Mark where a case is now: an arrow on a disc."""
    return badge(x, y, AMBER, "M-4 0H3.6M0.4 -3.6L4 0L0.4 3.6")


def badge_done(x: float, y: float) -> str:
    """Mark what has been done: a tick on a disc."""
    return badge(x, y, GREEN, "M-4 0.4L-1.2 3.4L4.2 -3")


def badge_problem(x: float, y: float) -> str:
    """Mark what has a problem: an exclamation mark on a disc."""
    return badge(x, y, RED, "M0 -4.6V0.8M0 4.4V4.5")
