"""Write small DMN files for tests."""

from xml.sax.saxutils import escape

from engine.dmn import DmnModel, Problem, read_dmn

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="test" '
    'namespace="http://example.org">\n'
)


def definitions(*parts: str) -> bytes:
    """Put parts into one file."""
    return (HEAD + "\n".join(parts) + "\n</definitions>").encode()


def model_of(*parts: str, functions: frozenset[str] = frozenset()) -> DmnModel:
    """Read parts that must have no problem; rules of a table may match together."""
    model, problems = read_dmn(definitions(*parts), "test.dmn", functions=functions)
    assert {problem.rule for problem in problems} <= {"dmn-overlap"}
    assert model is not None
    return model


def problems_of(*parts: str) -> dict[str, Problem]:
    """Read parts and return the problems by rule."""
    _, problems = read_dmn(definitions(*parts), "test.dmn")
    return {problem.rule: problem for problem in problems}


def text(content: str) -> str:
    """Write a text element."""
    return f"<text>{escape(content)}</text>"


def fact(name: str, kind: str = "") -> str:
    """Write input data whose id is its name."""
    typed = f' typeRef="{kind}"' if kind else ""
    return f'<inputData id="{name}" name="{name}"><variable name="{name}"{typed}/></inputData>'


def literal(content: str) -> str:
    """Write a literal expression."""
    return f"<literalExpression>{text(content)}</literalExpression>"


def decision(name: str, logic: str, needs: str = "", *, id_: str = "") -> str:
    """Write a decision; ``needs`` are ids: ``=fact``, ``*knowledge``, others decisions."""
    requirements = ""
    for need in needs.split():
        kind, tag = "informationRequirement", "requiredDecision"
        if need[0] == "=":
            tag = "requiredInput"
        if need[0] == "*":
            kind, tag = "knowledgeRequirement", "requiredKnowledge"
        requirements += f'<{kind}><{tag} href="#{need.lstrip("=*")}"/></{kind}>'
    return (
        f'<decision id="{id_ or name}" name="{name}"><variable name="{name}"/>'
        f"{requirements}{logic}</decision>"
    )


def table(
    policy: str,
    inputs: list[str],
    outputs: list[str],
    rules: list[str],
    *,
    kinds: tuple[str, ...] = (),
) -> str:
    """Write a table: outputs as ``name:default:values``, rules as ``cell | cell => cell``."""
    policy, _, aggregation = policy.partition("+")
    attributes = f'hitPolicy="{policy}"' + (f' aggregation="{aggregation}"' if aggregation else "")
    body = ""
    for place, expression in enumerate(inputs):
        kind = f' typeRef="{kinds[place]}"' if place < len(kinds) else ""
        body += f'<input id="i{place}"><inputExpression{kind}>{text(expression)}'
        body += "</inputExpression></input>"
    for output in outputs:
        name, default, values = (*output.split(":"), "", "")[:3]
        body += f'<output name="{name}">'
        body += f"<outputValues>{text(values)}</outputValues>" if values else ""
        body += f"<defaultOutputEntry>{text(default)}</defaultOutputEntry>" if default else ""
        body += "</output>"
    for number, rule in enumerate(rules, 1):
        left, _, right = rule.partition("=>")
        body += f'\n<rule id="r{number}">'
        for tag, cells in (("inputEntry", left), ("outputEntry", right)):
            for cell in cells.split(" | "):
                body += f"<{tag}>{text(cell.strip())}</{tag}>"
        body += "</rule>"
    return f'<decisionTable id="t" {attributes}>{body}</decisionTable>'
