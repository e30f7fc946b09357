"""Drafts of items: bundles that are drawn in the browser until they are deployed."""

from engine.drafting.drafts import (
    PER_PAGE,
    Origin,
    Wanted,
    codes,
    create,
    discard,
    get,
    open_at,
    rename,
    require_designer,
    restore,
    search,
)
from engine.drafting.files import Files, content_of, files, require_fit, revision, revisions, since
from engine.drafting.presence import Editor, leave, present, touch
from engine.drafting.saving import (
    Saved,
    StaleSaveError,
    deploy,
    keep_beside,
    return_to,
    save,
)
from engine.drafting.templates import TEMPLATES, Template, new_item
from engine.models import ItemDraft, ItemRevision

__all__ = [
    "PER_PAGE",
    "TEMPLATES",
    "Editor",
    "Files",
    "ItemDraft",
    "ItemRevision",
    "Origin",
    "Saved",
    "StaleSaveError",
    "Template",
    "Wanted",
    "codes",
    "content_of",
    "create",
    "deploy",
    "discard",
    "files",
    "get",
    "keep_beside",
    "leave",
    "new_item",
    "open_at",
    "present",
    "rename",
    "require_designer",
    "require_fit",
    "restore",
    "return_to",
    "revision",
    "revisions",
    "save",
    "search",
    "since",
    "touch",
]
