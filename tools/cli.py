"""The command ``lianban``: finds the module that knows the command, and loads no other.

Checking and trying diagrams need no database; loading what does would take longer than the work.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final

from engine.errors import EngineError
from tools.errors import ToolsError

#: Commands with a module of their own; all others stand in ``tools.commands``.
_ALONE: Final = {
    "check": "tools.checking",
    "try": "tools.trying",
    "compare": "tools.designing",
    "whatif": "tools.designing",
}


def _no_database() -> tuple[type[Exception], ...]:
    """Return what is raised when the database does not answer, where anything could raise it."""
    loaded = sys.modules.get("sqlalchemy.exc")
    return (loaded.OperationalError,) if loaded is not None else ()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0: it went well, 1: it was refused, 2: wrong words, or no database."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    module = importlib.import_module(_ALONE.get(words[0] if words else "", "tools.commands"))
    options = module.parser().parse_args(words)
    if hasattr(sys.stdout, "reconfigure"):
        # What a file holds is shown even where it cannot be written in the terminal's characters.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return int(options.run(options))
    except (EngineError, ToolsError) as error:
        print(f"✗ {error.message.zh}\n✗ {error.message.en}", file=sys.stderr)
        return 1
    except _no_database() as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0].strip()
        print(f"✗ 数据库不可用：{reason}\n✗ The database cannot be used: {reason}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
