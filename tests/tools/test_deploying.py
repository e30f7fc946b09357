"""What ``lianban deploy`` and ``lianban check`` read from archives."""

from pathlib import Path

import pytest

from tools import deploying
from tools.errors import ToolsError


def test_an_archive_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """With its name and the reason, not a traceback."""
    path = tmp_path / "m.zip"
    path.symlink_to("/proc/self/mem")
    with pytest.raises(ToolsError) as refusal:
        deploying.bundles([path])
    assert str(path) in refusal.value.message.en
