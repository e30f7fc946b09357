"""The request that is being answered, for whoever asks it more than once.

Flask's own ``request`` looks it up anew for each of its parts, which costs more than most parts do.
"""

import flask


def request() -> flask.Request:
    """Return the request itself. Raises RuntimeError where none is being answered."""
    found: flask.Request = flask.request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the way Werkzeug documents
    return found
