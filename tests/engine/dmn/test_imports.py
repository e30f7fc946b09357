"""A DMN file may take in parts of other files, under the name of the import (DMN 1.3, 6.3.3)."""

from collections.abc import Mapping

import pytest

from engine.dmn import DmnModel, Problem, decide, decide_service, read_dmn, read_sound_parts
from tests.engine.dmn.build import decision, fact, literal

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def file(space: str, *parts: str) -> bytes:
    """Write a file of a namespace."""
    head = f'<definitions xmlns="{DMN}" id="d" name="n" namespace="urn:{space}">'
    return (head + "".join(parts) + "</definitions>").encode()


def imports(space: str, name: str) -> str:
    """Write an import."""
    return f'<import namespace="urn:{space}" name="{name}" importType="{DMN}"/>'


def needing(name: str, logic: str, *needs: str, kind: str = "") -> str:
    """Write a decision that requires ``tag#href`` elements of other files."""
    written = decision(name, logic)
    lines = ""
    for need in needs:
        tag, _, href = need.partition(" ")
        outer = "knowledgeRequirement" if tag == "requiredKnowledge" else "informationRequirement"
        lines += f'<{outer}><{tag} href="{href}"/></{outer}>'
    typed = f' typeRef="{kind}"' if kind else ""
    start = f'<variable name="{name}"'
    return written.replace(f"{start}/>", f"{start}{typed}/>{lines}")


FEES = file(
    "fees",
    '<itemDefinition name="tList" isCollection="true"><typeRef>number</typeRef></itemDefinition>',
    '<itemDefinition name="tSmall"><typeRef>number</typeRef><allowedValues><text>[0..9]</text>'
    "</allowedValues></itemDefinition>",
    fact("floor area", "number"),
    fact("day", "date"),
    decision("base fee", literal("floor area * 2"), "", id_="base").replace(
        "<literal",
        '<informationRequirement><requiredInput href="#floor area"/></informationRequirement>'
        "<literal",
    ),
    decision("double", literal("base fee * 2"), "base"),
    '<businessKnowledgeModel id="half" name="half of"><variable name="half of"/>'
    '<encapsulatedLogic><formalParameter name="x"/>'
    f"{literal('x / 2')}</encapsulatedLogic></businessKnowledgeModel>",
    '<decisionService id="svc" name="svc"><variable name="svc"/><outputDecision href="#double"/>'
    '<inputDecision href="#base"/></decisionService>',
)
MIDDLE = file(
    "middle",
    imports("fees", "fees"),
    needing("tenfold", literal("fees.base fee * 10"), "requiredDecision urn:fees#base"),
)
OTHERS = {"fees.dmn": FEES, "middle.dmn": MIDDLE, "noise.dmn": b"no xml", "x.dmn": b"<a/>"}


def read(*parts: str, others: Mapping[str, bytes] = OTHERS) -> DmnModel:
    """Read a file that imports; it must have no errors."""
    model, problems = read_dmn(file("main", *parts), "main.dmn", others=others)
    assert [problem for problem in problems if problem.severity == "error"] == []
    assert model is not None
    return model


def refused(data: bytes, others: Mapping[str, bytes]) -> list[Problem]:
    """Read a file; return the errors."""
    _, problems = read_sound_parts(data, "main.dmn", others=others)
    return [problem for problem in problems if problem.severity == "error"]


@pytest.mark.parametrize(
    ("logic", "needs", "wanted"),
    [
        ("f.base fee + 1", ["requiredDecision urn:fees#base"], 201),
        ("f.double", ["requiredDecision urn:fees#double"], 400),
        ("f.half of(9)", ["requiredKnowledge urn:fees#half"], "4.5"),
        ("f.half of(x: 9)", ["requiredKnowledge urn:fees#half"], "4.5"),
        ("f.svc(7)", ["requiredKnowledge urn:fees#svc"], 14),
        ("f.svc(base fee: 8)", ["requiredKnowledge urn:fees#svc"], 16),
        ("f.floor area", ["requiredInput urn:fees#floor area"], 100),
        ("[1] instance of f.tList", [], True),
        ("(function(x: f.tSmall) x)(10)", [], None),
        (
            "f.base fee + f.half of(f.double)",
            [
                "requiredDecision urn:fees#base",
                "requiredDecision urn:fees#double",
                "requiredKnowledge urn:fees#half",
            ],
            400,
        ),
    ],
)
def test_imported_parts_are_seen_under_the_name_of_the_import(
    logic: str, needs: list[str], wanted: object
) -> None:
    """Decisions, functions, services, facts and types; inside they keep their own names."""
    model = read(imports("fees", "f"), needing("D", literal(logic), *needs))
    made = decide(model, "D", {"floor area": 100}).result
    assert (str(made) if isinstance(wanted, str) else made) == wanted


@pytest.mark.parametrize(
    "given",
    [{"floor area": 100}, {"f.floor area": 100}, {"f": {"floor area": 100}}],
)
def test_facts_of_imported_files_may_be_given_in_three_ways(given: dict[str, object]) -> None:
    """By the plain name, by the qualified one, or as an entry of the import."""
    model = read(
        imports("fees", "f"),
        needing("D", literal("f.base fee"), "requiredDecision urn:fees#base"),
    )
    made = decide(model, "D", given)
    assert made.result == 200
    assert made.decisions == {"f.base fee": 200, "D": 200}


def test_types_of_imported_files_may_be_declared() -> None:
    """By the import's name and the type's."""
    logic = literal("5")
    model = read(imports("fees", "f"), needing("D", logic, kind="f.tList"))
    assert decide(model, "D", {}).result == [5]
    model = read(imports("fees", "f"), needing("D", literal("50"), kind="f.tSmall"))
    assert decide(model, "D", {}).result is None


def test_files_may_stand_on_files_that_import_themselves() -> None:
    """Two ways to one file lead to the same decision."""
    model = read(
        imports("middle", "Middle File"),
        imports("fees", "f"),
        needing(
            "D",
            literal("Middle File.tenfold + f.base fee"),
            "requiredDecision urn:middle#tenfold",
            "requiredDecision urn:fees#base",
        ),
    )
    assert decide(model, "D", {"floor area": 1}).result == 22


def test_an_import_without_a_name_brings_names_in_as_they_are() -> None:
    """As DMN 1.4 allows."""
    model = read(
        imports("fees", ""),
        needing("D", literal("base fee + half of(2)"), "requiredDecision urn:fees#base",
                "requiredKnowledge urn:fees#half"),
    )  # fmt: skip
    assert decide(model, "D", {"floor area": 1}).result == 3


def test_a_service_may_offer_an_imported_decision() -> None:
    """Its parameter is called as the importing file calls it."""
    model = read(
        imports("fees", "f"),
        '<decisionService id="S" name="S"><variable name="S"/>'
        '<outputDecision href="urn:fees#double"/><inputDecision href="urn:fees#base"/>'
        "</decisionService>",
        needing("D", literal("S(f.base fee: 6)"), "requiredKnowledge #S"),
    )
    assert decide(model, "D", {}).result == 12
    assert decide_service(model, "S", {"f.base fee": 5}).result == 10
    assert decide_service(model, "S", {"base fee": 5}).result == 10


def test_hrefs_may_name_the_files_own_namespace() -> None:
    """They are local all the same."""
    model = read(
        decision("A", literal("1")), needing("D", literal("A"), "requiredDecision urn:main#A")
    )
    assert decide(model, "D", {}).result == 1


@pytest.mark.parametrize(
    ("parts", "others"),
    [
        ([imports("gone", "g")], OTHERS),
        ([imports("fees", "f")], {}),
        ([imports("main", "me")], {"main.dmn": file("main", decision("A", literal("1")))}),
        ([imports("fees", "f").replace(DMN, "http://www.dmg.org/PMML-4_3")], OTHERS),
        ([imports("bad", "b")], {"bad.dmn": file("bad", decision("A", literal("1 +")))}),
        ([imports("a", "a")], {"a.dmn": file("a", imports("b", "b")),
                               "b.dmn": file("b", imports("a", "a"))}),
    ],
)  # fmt: skip
def test_an_import_that_cannot_be_had_is_refused(
    parts: list[str], others: Mapping[str, bytes]
) -> None:
    """Missing, of another format, faulty, itself, or in a circle."""
    found = refused(file("main", *parts, decision("D", literal("1"))), others)
    assert {problem.rule for problem in found} == {"dmn-import"}


def test_a_long_chain_of_imports_is_refused() -> None:
    """Reading goes only so deep."""
    others = {
        f"{n}.dmn": file(f"f{n}", imports(f"f{n + 1}", "next"), decision("A", literal("1")))
        for n in range(30)
    }
    assert refused(file("main", imports("f0", "next"), decision("D", literal("1"))), others)
