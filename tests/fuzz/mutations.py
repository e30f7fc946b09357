"""Random edits of real files, and the frame in which every fuzzer runs.

``LIANBAN_FUZZ`` in the environment multiplies the number of examples, for a longer hunt; with CI
set every run tries the same ones.
"""

import copy
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from lxml import etree

from engine.errors import EngineError
from forms.text import Text

PROCESSES = Path(__file__).resolve().parent.parent.parent / "processes"
#: Processor seconds that any one input may take.
SECONDS = 5.0


def examples(count: int) -> settings:
    """Return the settings of a fuzzer that tries so many inputs."""
    return settings(
        max_examples=count * int(os.environ.get("LIANBAN_FUZZ", "1")),
        derandomize="CI" in os.environ,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def refusing(*families: type[EngineError]) -> Iterator[None]:
    """Take refusals of the declared families, said in both languages; let nothing else pass."""
    with bounded():
        try:
            yield
        except families as error:
            said = error.message
        else:
            said = Text("好", "good")
    assert said.zh
    assert said.en


@contextmanager
def bounded() -> Iterator[None]:
    """Fail when one input takes too long; other programs on the machine do not count."""
    start = time.process_time()
    yield
    assert time.process_time() - start < SECONDS


def files(*patterns: str) -> list[bytes]:
    """Return the contents of our own files."""
    found = [path.read_bytes() for p in patterns for path in sorted(PROCESSES.glob(f"*/{p}"))]
    assert found
    return found


Edit = Callable[[bytes, int, int, bytes], bytes]

_EDITS: list[Edit] = [
    lambda data, at, size, _: data[:at] + data[at + size :],
    lambda data, at, _, token: data[:at] + token + data[at:],
    lambda data, at, size, token: data[:at] + token + data[at + size :],
    lambda data, at, size, _: data[:at] + data[at : at + size] * 3 + data[at + size :],
    lambda data, at, size, _: data[:at] + data[at + size : at + 2 * size] + data[at:],
    lambda data, at, _, __: data[:at],
    lambda data, at, _, __: (
        data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :] if at < len(data) else data
    ),
]


def mutated(seeds: Sequence[bytes], tokens: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Make a real file with a few edits; the tokens are what its readers know the meaning of."""
    piece = st.one_of(st.sampled_from(tokens), st.binary(max_size=8))
    where = st.tuples(
        st.integers(0, 1_000_000),
        st.integers(0, 7).map(lambda power: 2**power),
        st.sampled_from(_EDITS),
        piece,
    )

    def apply(seed: bytes, edits: list[tuple[int, int, Edit, bytes]]) -> bytes:
        for place, size, edit, token in edits:
            seed = edit(seed, place % (len(seed) + 1), size, token)
        return seed

    return st.builds(apply, st.sampled_from(seeds), st.lists(where, min_size=1, max_size=6))


def rearranged(seeds: Sequence[bytes], words: Sequence[str]) -> st.SearchStrategy[bytes]:
    """Make well-formed XML whose elements were moved, doubled, renamed or given other values.

    The words are values and names that mean something where they get to.
    """
    edit = st.tuples(
        st.sampled_from(sorted(_CHANGES)),
        st.integers(0, 1_000_000),
        st.integers(0, 1_000_000),
        st.sampled_from(words),
    )

    def apply(seed: bytes, edits: list[tuple[str, int, int, str]]) -> bytes:
        root = etree.fromstring(seed)
        for change, one, other, word in edits:
            parts = [part for part in root.iter() if isinstance(part.tag, str)][1:]
            if parts:
                _CHANGES[change](parts[one % len(parts)], parts[other % len(parts)], word)
        return etree.tostring(root)

    return st.builds(apply, st.sampled_from(seeds), st.lists(edit, min_size=1, max_size=5))


_Element = etree._Element
_Change = Callable[[_Element, _Element, str], None]


def _remove(one: _Element, _other: _Element, _word: str) -> None:
    parent = one.getparent()
    if parent is not None:
        parent.remove(one)


def _double(one: _Element, other: _Element, _word: str) -> None:
    other.append(copy.deepcopy(one))


def _move(one: _Element, other: _Element, _word: str) -> None:
    if one is not other and one not in other.iterancestors():
        other.append(one)


def _revalue(one: _Element, other: _Element, word: str) -> None:
    for name in list(one.attrib)[: 1 + len(word) % 3]:
        one.set(name, word if len(word) % 2 else other.get(name, word))


def _lose(one: _Element, _other: _Element, _word: str) -> None:
    for name in list(one.attrib)[:1]:
        del one.attrib[name]


def _retext(one: _Element, _other: _Element, word: str) -> None:
    one.text = word


def _rename(one: _Element, _other: _Element, word: str) -> None:
    if word.isalpha():
        one.tag = f"{{{etree.QName(one).namespace}}}{word}"


def _borrow(one: _Element, other: _Element, _word: str) -> None:
    for name in ("id", "sourceRef", "targetRef", "href", "name", "bpmnElement"):
        if name in one.attrib and name in other.attrib:
            one.set(name, other.get(name, ""))


_CHANGES: dict[str, _Change] = {
    "borrow": _borrow,
    "double": _double,
    "lose": _lose,
    "move": _move,
    "remove": _remove,
    "rename": _rename,
    "retext": _retext,
    "revalue": _revalue,
}
