"""The life of a case: from draft to delivered result."""

from engine.cases import documents, life, materials
from engine.cases.drafts import (
    Missing,
    delete_draft,
    evaluate,
    form_of,
    get_draft,
    missing,
    missing_materials,
    my_drafts,
    required_materials,
    save_draft,
    start_draft,
    submit,
)
from engine.cases.finding import (
    CaseFile,
    CasePage,
    file_of,
    find,
    find_public,
    get,
    my_cases,
    search,
)
from engine.cases.progress import RESULTS, STATUS, Progress, StepState, progress, status_text
from engine.models import Case, Draft

__all__ = [
    "RESULTS",
    "STATUS",
    "Case",
    "CaseFile",
    "CasePage",
    "Draft",
    "Missing",
    "Progress",
    "StepState",
    "delete_draft",
    "documents",
    "evaluate",
    "file_of",
    "find",
    "find_public",
    "form_of",
    "get",
    "get_draft",
    "life",
    "materials",
    "missing",
    "missing_materials",
    "my_cases",
    "my_drafts",
    "progress",
    "required_materials",
    "save_draft",
    "search",
    "start_draft",
    "status_text",
    "submit",
]
