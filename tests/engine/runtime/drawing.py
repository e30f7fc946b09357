"""Write small diagrams as text, in the process language of the product."""

import itertools

NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
)
_numbers = itertools.count(1)


def process(*body: str) -> bytes:
    """Wrap elements into one executable process."""
    return (
        f'<definitions {NAMESPACES} id="d" targetNamespace="urn:test">'
        f'<process id="p" isExecutable="true">{"".join(body)}</process></definitions>'
    ).encode()


def flow(source: str, target: str, condition: str | None = None, flow_id: str | None = None) -> str:
    """Draw one flow; without an id it has none in the file."""
    identity = f'id="{flow_id}" ' if flow_id else f'id="f{next(_numbers)}" '
    if flow_id == "":
        identity = ""
    head = f'<sequenceFlow {identity}sourceRef="{source}" targetRef="{target}"'
    if condition is None:
        return head + "/>"
    escaped = condition.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'{head}><conditionExpression xsi:type="tFormalExpression">{escaped}'
        "</conditionExpression></sequenceFlow>"
    )


def chain(*ids: str) -> str:
    """Draw flows from each to the next."""
    return "".join(flow(one, two) for one, two in itertools.pairwise(ids))


def start(node: str = "s") -> str:
    """Draw a start event."""
    return f'<startEvent id="{node}"/>'


def end(node: str = "e", inner: str = "") -> str:
    """Draw an end event."""
    return f'<endEvent id="{node}">{inner}</endEvent>'


def user(node: str, inner: str = "") -> str:
    """Draw a user task."""
    return f'<userTask id="{node}" name="{node}">{inner}</userTask>'


def users(*nodes: str) -> str:
    """Draw several user tasks."""
    return "".join(user(node) for node in nodes)


def properties(**values: str) -> str:
    """Write our facts on an element."""
    entries = "".join(
        f'<camunda:property name="{name}" value="{value}"/>' for name, value in values.items()
    )
    return (
        f"<extensionElements><camunda:properties>{entries}</camunda:properties></extensionElements>"
    )


def script(node: str, text: str) -> str:
    """Draw a FEEL script task."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f'<scriptTask id="{node}" scriptFormat="feel"><script>{escaped}</script></scriptTask>'


def gateway(kind: str, node: str, default: str | None = None) -> str:
    """Draw a gateway: exclusive, parallel or inclusive."""
    attribute = f' default="{default}"' if default else ""
    return f'<{kind}Gateway id="{node}"{attribute}/>'


def timer(text: str, kind: str = "timeDuration") -> str:
    """Write a timer definition."""
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def boundary(node: str, activity: str, text: str, *, interrupting: bool = True) -> str:
    """Draw a timer on the edge of an activity."""
    cancel = str(interrupting).lower()
    return (
        f'<boundaryEvent id="{node}" attachedToRef="{activity}" cancelActivity="{cancel}">'
        f"{timer(text)}</boundaryEvent>"
    )


def catch(node: str, text: str, kind: str = "timeDuration") -> str:
    """Draw a timer in the flow."""
    return f'<intermediateCatchEvent id="{node}">{timer(text, kind)}</intermediateCatchEvent>'


def many(collection: str, variable: str = "department", *, sequential: bool = False) -> str:
    """Write a loop over a collection."""
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}" '
        f'camunda:collection="{collection}" camunda:elementVariable="{variable}"/>'
    )


def subprocess(node: str, *body: str) -> str:
    """Draw an embedded subprocess."""
    return f'<subProcess id="{node}">{"".join(body)}</subProcess>'


def cohandling(node: str, *body: str, collection: str = "parts", answers: str = "opinions") -> str:
    """Draw a co-handling over departments."""
    facts = properties(coHandling="true", lead="lead", noReply="wait", answers=answers)
    return subprocess(node, facts, many(collection), *body)
