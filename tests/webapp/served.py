"""A web server as it is served in earnest, on a test's database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forms.text import Text
from tools import machine, serving


@contextmanager
def served(url: str, logs: Path, *, workers: int) -> Iterator[tuple[int, int]]:
    """Run a server until the block ends: its port, and the process above the others."""
    port = machine.free_port()
    children = serving.Children(logs, {"DATABASE_URL": url, "LIANBAN_SECRET_KEY": "only for tests"})
    try:
        web = children.start(Text("网站", "web server"), serving.web_command(port, workers=workers))
        serving.wait_until_healthy(f"http://127.0.0.1:{port}", children)
        yield port, web.process.pid
    finally:
        children.stop()
