"""The ground of the schemas that read what people and programs send."""

from functools import cached_property
from typing import Any

import marshmallow
from typing_extensions import override


class Strict(marshmallow.Schema):
    """A schema that refuses what it does not know, and reads at once what is in order.

    Only where something is not, marshmallow reads again and gathers all that is wrong.
    """

    class Meta:
        """Refuse unknown fields."""

        unknown = marshmallow.RAISE

    @override
    def load(
        self, data: Any, *, many: bool | None = None, partial: Any = None, unknown: Any = None
    ) -> Any:
        if type(data) is dict and self._is_plain and not (many or partial or unknown):
            found = self._read(data)
            if found is not None:
                return found
        return super().load(data, many=many, partial=partial, unknown=unknown)

    @cached_property
    def _is_plain(self) -> bool:
        """Whether the fields alone decide: on one thing, which is sent whole."""
        return not (self.many or self.partial or any(self._hooks.values()))

    @cached_property
    def _parts(self) -> dict[str, tuple[str, marshmallow.fields.Field[Any]]]:
        """By its name in what is sent: each field, and the name of what it reads."""
        return {
            name if field.data_key is None else field.data_key: (field.attribute or name, field)
            for name, field in self.load_fields.items()
        }

    def _read(self, data: dict[str, Any]) -> dict[str, Any] | None:
        """Return what was sent; None when something is wrong."""
        if not data.keys() <= self._parts.keys():
            return None
        found = {}
        try:
            for given, (name, field) in self._parts.items():
                value = field.deserialize(data.get(given, marshmallow.missing), given, data)
                if value is not marshmallow.missing:
                    found[name] = value
        except marshmallow.ValidationError:
            return None
        return found
