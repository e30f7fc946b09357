"""Draws data objects, and the associations that move their values."""

from typing import Any

from tests.engine.runtime.drawing import gateway
from tests.engine.runtime.machine.playing import event

PAID = event("message", messageRef="m")
STOP = event("signal", signalRef="sg")
E1 = event("error", errorRef="er")
X1 = event("escalation", escalationRef="es")
UNDO = "<compensateEventDefinition/>"
BOTH = gateway("parallel", "g")
DATA = (
    '<dataObject id="d1" name="order"/><dataObjectReference id="r1" dataObjectRef="d1"/>'
    '<dataObject id="d2" name="got"/><dataObjectReference id="r2" dataObjectRef="d2"/>'
)
ITEMS = (
    '<dataObject id="d_in" name="items"/><dataObjectReference id="r_in" dataObjectRef="d_in"/>'
    '<dataObject id="d_out" name="results"/><dataObjectReference id="r_out" dataObjectRef="d_out"/>'
)


def into(origin: str, target: str, inner: str = "") -> str:
    """Write an association that fills an input."""
    ends = f"<sourceRef>{origin}</sourceRef><targetRef>{target}</targetRef>{inner}"
    return f"<dataInputAssociation>{ends}</dataInputAssociation>"


def out_of(origin: str, target: str, inner: str = "") -> str:
    """Write an association that hands an output over."""
    ends = f"<sourceRef>{origin}</sourceRef><targetRef>{target}</targetRef>{inner}"
    return f"<dataOutputAssociation>{ends}</dataOutputAssociation>"


def computed(text: str) -> str:
    """Write what an association computes."""
    return f"<transformation>{text}</transformation>"


def gives(name: str = "payload") -> str:
    """Write what a throwing event carries: the order, under a name."""
    return f'<dataInput id="i1" name="{name}"/>{into("r1", "i1")}'


def takes(name: str = "payload") -> str:
    """Write what a catching event takes in, and that it goes to ``got``."""
    return f'<dataOutput id="o1" name="{name}"/>{out_of("o1", "r2")}'


def done(node: str, **answers: Any) -> dict[str, Any]:
    return {"complete": node, "answers": answers}


def paid(**data: Any) -> dict[str, Any]:
    return {"message": "Paid", "data": data}
