"""The addresses of the application, written by code that is compiled when it is first needed."""

from collections.abc import Callable
from typing import Final

from typing_extensions import override
from werkzeug.routing import Rule

#: Where werkzeug keeps what writes an address, by whether values unknown to the rule follow "?".
_KEPT: Final = {True: "_build_unknown", False: "_build"}


class Address(Rule):
    """A rule that compiles what writes its addresses when the first one is written.

    An application has hundreds of rules, and compiling for each of them is most of the time a web
    process takes to start; a process writes addresses by a few dozen of them.
    """

    @override
    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = super()._compile_builder

        def write(rule: Rule, /, **values: object) -> tuple[str, str]:
            made = compiled(append_unknown).__get__(rule)
            setattr(rule, _KEPT[append_unknown], made)
            written: tuple[str, str] = made(**values)
            return written

        return write
