"""The readers under bytes that look for code not reached before: no crash, no hang, no bloat."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.mutations import PROCESSES
from tests.fuzz.test_readers import JSON_TOKENS, XML_TOKENS, YAML_TOKENS

ROOT = PROCESSES.parent
SECONDS = 4
EXPRESSIONS = [
    b'if a > 1 then "x" else date("2026-01-31")',
    b"for i in 1..3, j in [1,2] return i * j",
    b"some x in list satisfies x.a = 1 and not(b)",
    b"{a: 1, f: function(x: number) x + a}.f(2)",
    b'@"P1DT2H" + duration("P1Y")[item instance of number]',
]
STORED = sorted((ROOT / "tests" / "golden").rglob("*.state"))
SEEDS: dict[str, tuple[list[bytes], list[bytes]]] = {
    "diagram": ([one.read_bytes() for one in PROCESSES.glob("*/*.bpmn")], XML_TOKENS),
    "decision": ([one.read_bytes() for one in PROCESSES.glob("*/*.dmn")], XML_TOKENS),
    "form": ([one.read_bytes() for one in PROCESSES.glob("*/*.form")], JSON_TOKENS),
    "item": ([one.read_bytes() for one in PROCESSES.glob("*/item.yaml")], YAML_TOKENS),
    "expression": (EXPRESSIONS, [b"..", b"[", b"function(", b"satisfies", b'@"', b"\\u{"]),
    "state": ([one.read_bytes() for one in STORED], [b"LBS1j", b"LBS1z", b'"t":', b"null"]),
}


@pytest.mark.parametrize("reader", sorted(SEEDS))
def test_no_bytes_break_a_reader(tmp_path: Path, reader: str) -> None:
    """A few seconds each; ``LIANBAN_FUZZ`` in the environment multiplies them."""
    seeds, tokens = SEEDS[reader]
    assert seeds
    corpus, words = tmp_path / "corpus", tmp_path / "words"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed[:20_000])
    words.write_text("\n".join(f'"{_escaped(token)}"' for token in tokens if len(token) < 60))
    options = [
        f"-max_total_time={SECONDS * int(os.environ.get('LIANBAN_FUZZ', '1'))}",
        "-rss_limit_mb=0",
        "-timeout=10",
        f"-dict={words}",
        f"-artifact_prefix={tmp_path}/",
        *(["-seed=1"] if "CI" in os.environ else []),
    ]
    found = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.guided", reader, *options, str(corpus)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert found.returncode == 0, found.stderr[-4000:]
    assert "Done " in found.stderr


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)
