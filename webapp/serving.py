"""What each web process does once when it begins to serve; gunicorn reads it as its settings."""

import gc
from typing import Any

#: Objects that are made between two looks for garbage. A request makes thousands that all die with
#: it; Python's own 700 would have the collector walk through the whole app again and again.
YOUNG, MIDDLE, OLD = 50_000, 20, 20


def post_worker_init(_worker: Any) -> None:
    """Keep the app's own objects, made by now and here to stay, out of the collector's way."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
