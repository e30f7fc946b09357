"""What goes in and out, as schemas: the ground of the checks and of the description."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from types import NoneType
from typing import Any, ClassVar, TypeVar

from flask_smorest.fields import Upload
from marshmallow import Schema, fields, missing
from marshmallow.validate import Length, OneOf, Range
from typing_extensions import override
from werkzeug.datastructures import FileStorage

from forms.strict import Strict
from forms.text import Text

ANSWERS = "Answers by the keys of the form, as its JSON Schema says."
Anything = fields.Field[Any]
S = TypeVar("S", bound=Schema)
#: How values are written, by their type; None: as they are.
_Usual = dict[type, Callable[[Any], Any] | None]
#: The types of values that are usual in a field.
_USUAL: dict[type[Anything], _Usual] = {
    fields.String: {str: None, NoneType: None},
    fields.Integer: {int: None, NoneType: None},
    fields.Boolean: {bool: None, NoneType: None},
}


class Shown(Schema):
    """The base of what is answered: every field is always there, null where there is nothing."""

    @override
    def on_bind_field(self, field_name: str, field_obj: Anything) -> None:
        field_obj.required = True

    @override
    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        # What is shown is put together as a dict of values that are mostly of a usual type.
        if many or self.many or type(obj) is not dict:
            return super().dump(obj, many=many)
        found = {}
        for name, key, usual, field in self._parts:
            value = obj.get(name, missing)
            if (kind := type(value)) in usual:
                write = usual[kind]
                found[key] = value if write is None else write(value)
            elif (value := field.serialize(name, obj)) is not missing:
                found[key] = value
        return found

    @cached_property
    def _parts(self) -> list[tuple[str, str, _Usual, Anything]]:
        """Each field: its name, its name in the answer, what is usual in it."""
        return [
            (name, field.data_key or name, _usual(field), field)
            for name, field in self.dump_fields.items()
        ]


def _usual(field: Anything) -> _Usual:
    """Return how a field writes values of the types that are usual in it."""
    if field.attribute is not None:
        return {}
    if type(field) is fields.Nested and not field.many:
        return {dict: field.schema.dump, Text: field.schema.dump, NoneType: None}
    if type(field) is fields.DateTime and field.format == "iso":
        return {datetime: datetime.isoformat, NoneType: None}
    return _USUAL.get(type(field), {})


class Sent(Strict):
    """The base of what is sent in; fields nobody knows are refused."""


def nested(schema: type[Schema], *, many: bool = False, null: bool = False) -> Anything:
    """Make a field for a part, or a list of parts."""
    part = fields.Nested(schema, allow_none=null and not many)
    return fields.List(part) if many else part


def text(most: int, *, least: int = 0, needed: bool = False, default: str = "") -> Anything:
    """Make a field for text that is sent in, at most ``most`` characters."""
    length = Length(min=least, max=most)
    if needed:
        return fields.String(required=True, validate=length)
    return fields.String(load_default=default, validate=length)


def words(*, null: bool = False) -> Anything:
    """Make a field for a text in both languages."""
    return nested(WordsSchema, null=null)


class WordsSchema(Shown):
    """One text in Chinese and English."""

    zh = fields.String()
    en = fields.String()

    @override
    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        if type(obj) is Text and not (many or self.many):
            return {"zh": obj.zh, "en": obj.en}
        return super().dump(obj, many=many)


class ErrorSchema(Shown):
    """Why a request was refused, in the language asked for (``Accept-Language``: zh or en)."""

    code = fields.String(metadata={"description": "for programs: invalid, not-found, conflict…"})
    message = fields.String(metadata={"description": "for people"})
    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        data_key="fields",
        metadata={"description": "what is wrong with single fields, by path"},
    )
    request_id = fields.String(metadata={"description": "quote it when you ask for help"})


class NamedSchema(Shown):
    """Something with a code and a name: an item, a department."""

    code = fields.String()
    name = words()


# --- asking for lists ---


class PageQuery(Schema):
    """Which page of a list."""

    page = fields.Integer(load_default=1, validate=Range(1, 100_000))


class ItemsQuery(PageQuery):
    """What items to list."""

    q = text(80)
    theme = text(40)
    department = text(40)


class MarkedQuery(Schema):
    """Which page of a list that is turned by marks."""

    at = fields.String(
        load_default="",
        validate=Length(max=500),
        metadata={"description": "``next`` or ``previous`` of another page; none: the first"},
    )
    per_page = fields.Integer(load_default=25, validate=Range(1, 100))


class CasesQuery(MarkedQuery):
    """What cases to list."""

    q = text(80)


class TasksQuery(MarkedQuery):
    """What tasks to list."""

    scope = fields.String(load_default="mine", validate=OneOf(("mine", "department", "done")))
    q = text(80)
    item = text(60)
    sort = fields.String(load_default="due", validate=OneOf(("due", "newest", "oldest", "item")))


def paged(row: type[S]) -> type[Shown]:
    """Make the schema of one page of a list."""
    name = f"{row.__name__.removesuffix('Schema')}PageSchema"
    shape: dict[str, Any] = {
        "__doc__": "One page of a list.",
        "rows": nested(row, many=True),
        "total": fields.Integer(),
        "page": fields.Integer(),
        "pages": fields.Integer(),
    }
    return type(name, (Shown,), shape)


def marked(row: type[S]) -> type[Shown]:
    """Make the schema of one page of a list that is turned by marks."""
    name = f"{row.__name__.removesuffix('Schema')}PageSchema"
    shape: dict[str, Any] = {
        "__doc__": "One page of a list; ``at`` takes its marks to the neighbours.",
        "rows": nested(row, many=True),
        "total": fields.Integer(metadata={"description": "counted up to 1000"}),
        "more_than_total": fields.Boolean(),
        "next": fields.String(allow_none=True),
        "previous": fields.String(allow_none=True),
    }
    return type(name, (Shown,), shape)


def turned(row: type[S]) -> type[Shown]:
    """Make the schema of one page of a list that is turned by marks and not counted."""
    name = f"{row.__name__.removesuffix('Schema')}TurnedSchema"
    shape: dict[str, Any] = {
        "__doc__": "One page of a list; ``at`` takes its marks to the neighbours.",
        "rows": nested(row, many=True),
        "next": fields.String(allow_none=True),
        "previous": fields.String(allow_none=True),
    }
    return type(name, (Shown,), shape)


# --- access ---


class LoginSchema(Sent):
    """Who asks for a token."""

    login = text(100, least=1, needed=True)
    password = text(200, least=1, needed=True)


class TokenSchema(Shown):
    """A bearer token; it is shown this once."""

    token = fields.String()
    expires_at = fields.DateTime()


class PostSchema(Shown):
    """A role held in a department."""

    department = nested(NamedSchema)
    role = nested(NamedSchema)


class MeSchema(Shown):
    """Who the token belongs to."""

    kind = fields.String(validate=OneOf(("staff", "applicant")))
    name = fields.String()
    language = fields.String()
    posts = nested(PostSchema, many=True)


# --- drafts and materials ---


class NewDraftSchema(Sent):
    """Which item to apply for."""

    item = text(60, least=1, needed=True)


class DraftAnswersSchema(Sent):
    """Answers to keep; those not named stay as they are, null takes one out."""

    answers = fields.Dict(keys=fields.String(), required=True, metadata={"description": ANSWERS})


class SentFile(Upload):  # type: ignore[misc]
    """A file of an upload; text under its name is none."""

    default_error_messages: ClassVar[dict[str, str]] = {"invalid": "Not a file."}

    def _deserialize(self, value: object, *_place: Any, **_more: Any) -> FileStorage:
        if not isinstance(value, FileStorage):
            raise self.make_error("invalid")
        return value


class UploadSchema(Sent):
    """A file for one of the item's materials."""

    code = text(60, least=1, needed=True)
    file = SentFile(required=True)


class MaterialSchema(Shown):
    """An uploaded file."""

    id = fields.Integer()
    code = fields.String()
    name = words()
    file_name = fields.String()
    content_type = fields.String()
    size = fields.Integer()
    sha256 = fields.String()
    uploaded_at = fields.DateTime()


class MissingSchema(Shown):
    """What still keeps a draft from being submitted."""

    answers = fields.Dict(keys=fields.String(), values=words())
    materials = fields.Dict(keys=fields.String(), values=words())


class DraftRowSchema(Shown):
    """A draft in a list."""

    id = fields.String()
    item = nested(NamedSchema)
    created_at = fields.DateTime()
    saved_at = fields.DateTime()


class DraftSchema(DraftRowSchema):
    """An application being written."""

    version = fields.Integer()
    case = fields.String(allow_none=True, metadata={"description": "its number once submitted"})
    application_kind = fields.String(metadata={"description": "first, renewal, change, reissue"})
    licence = fields.String(allow_none=True, metadata={"description": "the licence it is about"})
    answers = fields.Dict(metadata={"description": ANSWERS})
    materials = nested(MaterialSchema, many=True)
    missing = nested(MissingSchema)


class DraftListSchema(Shown):
    """All drafts of an applicant."""

    rows = nested(DraftRowSchema, many=True)
