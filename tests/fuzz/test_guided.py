"""The readers under bytes that look for code not reached before: no crash, no hang, no bloat."""

import json
import os
import subprocess
import sys
from pathlib import Path

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


def test_no_bytes_break_a_reader(tmp_path: Path) -> None:
    """A few seconds each; ``LIANBAN_FUZZ`` in the environment multiplies them."""
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({reader: _options(tmp_path, reader) for reader in SEEDS}))
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.guided", str(plan)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    ended = json.loads(done.stdout)
    assert set(ended) == set(SEEDS)
    for reader, code in ended.items():
        said = (tmp_path / reader).read_text(errors="replace")
        assert code == 0, f"{reader}: {said[-4000:]}"
        assert "Done " in said, f"{reader}: {said[-4000:]}"


def _options(folder: Path, reader: str) -> list[str]:
    """Write down what a reader is fed with to begin with; return the fuzzer's options for it."""
    seeds, tokens = SEEDS[reader]
    assert seeds
    corpus, words = folder / f"{reader}-corpus", folder / f"{reader}-words"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed[:20_000])
    words.write_text("\n".join(f'"{_escaped(token)}"' for token in tokens if len(token) < 60))
    return [
        f"-max_total_time={SECONDS * int(os.environ.get('LIANBAN_FUZZ', '1'))}",
        "-rss_limit_mb=0",
        "-timeout=10",
        f"-dict={words}",
        f"-artifact_prefix={folder}/{reader}-",
        *(["-seed=1"] if "CI" in os.environ else []),
        str(corpus),
    ]


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)
