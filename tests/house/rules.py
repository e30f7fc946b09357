"""The house rules, each a function of a root folder that returns what breaks it, and where."""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jinja2
from alembic.script import ScriptDirectory

from engine import definitions

PACKAGES = ("forms", "engine", "reports", "webapp", "tools")
TOP_LEVEL = frozenset(
    {
        *PACKAGES,
        "processes",
        "tests",
        "pyproject.toml",
        "README.md",
        "README.zh-CN.md",
        "LICENSE",
        "uv.lock",
    }
)
MODULE_LINES, FUNCTION_LINES = 500, 40
MIGRATIONS = "engine/migrations/"
TEXT_KINDS = frozenset(
    {
        *(".py", ".md", ".toml", ".lock", ".yaml", ".yml", ".json", ".html", ".css", ".scss"),
        *(".js", ".mjs", ".bpmn", ".form", ".dmn", ".svg", ".txt", ".sh", ".typ", ""),
    }
)
# Folders that tools make; git ignores them.
MADE = frozenset(
    {
        *(".git", ".venv", ".lianban", "node_modules", "__pycache__", "test-results"),
        *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis"),
        ".coverage",
    }
)
# A folder that exists on one machine only.
OWN_FOLDER = re.compile(r"(?<![\w.])/(root|home/\w+|Users/\w+|work)/[\w.]")
# Lock files pin contents by hash; where they came from is each machine's own setting.
LOCKS = {"tools/requirements.lock": "://", "tools/uv.lock": "://"} | {
    "webapp/assets/package-lock.json": '"resolved"'
}
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X])\b|mark\.(skip|xfail)\b|pytest\.skip\(")
KEBAB = re.compile(r"(/[a-z0-9.-]*|/<[a-z]+(\([^)]*\))?:[a-z_]+>(\.[a-z]+)?)*")
NUMBERED = re.compile(r"(\d{4})_[a-z0-9_]+\.py")


def tracked(root: Path) -> list[Path]:
    """Return the files that belong to the project: what git knows or would take."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others"]
    listed = subprocess.run(
        [*command, "--exclude-standard"], capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        return sorted(path for path in root.rglob("*") if path.is_file() and _ours(path, root))
    files = (root / name for name in listed.stdout.split("\0") if name)
    return sorted(path for path in files if path.is_file())


def _ours(path: Path, root: Path) -> bool:
    """Say whether a file belongs to a tree that git does not look after."""
    parts = path.relative_to(root).parts
    return not MADE.intersection(parts) and parts[:3] != ("webapp", "static", "build")


def modules(root: Path, folders: tuple[str, ...] = PACKAGES) -> Iterator[tuple[str, ast.Module]]:
    """Yield every Python module below the folders, with its path from the root."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path.relative_to(root).as_posix(), _parsed(path.read_text())


@cache
def _parsed(source: str) -> ast.Module:
    """Parse a module once for all rules."""
    return ast.parse(source)


def commits(root: Path) -> list[str]:
    """Only engine/db/__init__.py commits: one commit a unit of work."""
    return [
        f"{name}:{node.lineno} calls .commit(); open engine.db.transaction() instead"
        for name, tree in modules(root)
        if name != "engine/db/__init__.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
    ]


def sizes(root: Path) -> list[str]:
    """A module has at most 500 lines, a function at most 40."""
    found = []
    for name, tree in modules(root, (*PACKAGES, "tests")):
        lines = len((root / name).read_text().splitlines())
        if lines > MODULE_LINES and not name.startswith(MIGRATIONS):
            found.append(f"{name} has {lines} lines; split it (at most {MODULE_LINES})")
        if name.startswith((MIGRATIONS, "tests/")):
            continue
        found += [
            f"{name}:{node.lineno} {node.name} has {length} lines; at most {FUNCTION_LINES}"
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (length := _length(node)) > FUNCTION_LINES
        ]
    return found


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def inner_imports(root: Path) -> list[str]:
    """No import inside a function: that is how circles stay alive."""
    return [
        f"{name}:{inner.lineno} imports inside {node.name}; import at the top of the module"
        for name, tree in modules(root, (*PACKAGES, "tests"))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def top_level(root: Path) -> list[str]:
    """Nothing but the agreed folders and files lies at the top; dot files may."""
    names = {path.relative_to(root).parts[0] for path in tracked(root)}
    return [
        f"{name} does not belong at the top of the project"
        for name in sorted(names)
        if name not in TOP_LEVEL and not name.startswith(".")
    ]


def foreign_words(root: Path) -> list[str]:
    """No file names a folder of one machine; no lock file names an address."""
    return [
        f"{path.relative_to(root).as_posix()}:{number} names one machine: {line.strip()[:80]}"
        for path, number, line in _lines(root)
        if OWN_FOLDER.search(line)
    ] + [
        f"{name} names an address ({mark})"
        for name, mark in LOCKS.items()
        if (root / name).is_file() and mark in (root / name).read_text()
    ]


def unfinished(root: Path) -> list[str]:
    """Nothing is left for later: no such notes, no test that is left out."""
    return [
        f"{path.relative_to(root).as_posix()}:{number} is unfinished: {line.strip()[:80]}"
        for path, number, line in _lines(root)
        if path.suffix in {".py", ".html", ".js", ".mjs", ".scss"} and UNFINISHED.search(line)
    ]


def _lines(root: Path) -> Iterator[tuple[Path, int, str]]:
    for path in tracked(root):
        if path.suffix in TEXT_KINDS:
            text = path.read_text(encoding="utf-8", errors="replace")
            for number, line in enumerate(text.splitlines(), 1):
                yield path, number, line


def templates(root: Path) -> list[str]:
    """Every template parses."""
    environment = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.do"])
    found = []
    for path in sorted((root / "webapp" / "templates").rglob("*")):
        if path.is_file():
            try:
                environment.parse(path.read_text())
            except jinja2.TemplateSyntaxError as error:
                found.append(f"{path.relative_to(root).as_posix()}:{error.lineno} {error.message}")
    return found


def migrations(root: Path) -> list[str]:
    """Migrations are numbered without a gap and end in one head."""
    folder = root / "engine" / "migrations"
    names = sorted(path.name for path in (folder / "versions").glob("*.py"))
    found = [
        f"{name} is not named like 0001_words.py" for name in names if not NUMBERED.match(name)
    ]
    numbers = Counter(int(match[1]) for name in names if (match := NUMBERED.match(name)))
    if sorted(numbers.elements()) != list(range(1, len(names) + 1)):
        found.append(f"the numbers {sorted(numbers.elements())} have a gap or a double")
    heads = ScriptDirectory(str(folder)).get_heads()
    if len(heads) != 1:
        found.append(f"there are {len(heads)} newest migrations: {', '.join(heads)}")
    return found


def processes(root: Path) -> list[str]:
    """Every item passes the checker without an error and walks its own paths."""
    found = []
    for diagram in sorted((root / "processes").glob("[!.]*/*.bpmn")):
        folder = diagram.parent
        if not (folder / "paths.yaml").exists():
            found.append(f"{folder.name} has no paths.yaml")
        found += [
            f"{folder.name}/{problem.file}:{problem.line} {problem.element} "
            f"[{problem.severity} {problem.rule}] {problem.message.en}"
            for problem in definitions.read_bundle(definitions.read_folder(folder)).errors
        ]
    return found


#: Parts of addresses that Camunda's clients call: they cannot be named otherwise.
CAMUNDAS = ("fetchAndLock", "bpmnError", "extendLock", "localVariables")


def address(rule: str) -> str | None:
    """Say what is wrong with the address of a route: kebab-case, every parameter typed."""
    fixed = rule
    for name in CAMUNDAS:
        fixed = fixed.replace(f"/{name}", "/x")
    if KEBAB.fullmatch(fixed):
        return None
    return f"{rule} is not in kebab-case with typed parameters, like /cases/<string:number>"
