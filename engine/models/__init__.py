"""All tables, without behaviour."""

from engine.db import Base
from engine.models.cases import (
    Blob,
    Case,
    CaseWords,
    Correction,
    Counter,
    Document,
    Draft,
    Material,
)
from engine.models.clock import CalendarImport, ClockStop, Extension
from engine.models.definitions import CalendarDay, CalendarYear, Opening, Version, VersionFile
from engine.models.incidents import Incident
from engine.models.licences import Licence, LicenceBar
from engine.models.messages import Message, Subscription
from engine.models.people import ApiToken, Department, LoginFailure, Person, Post, Role
from engine.models.record import Event, Notice, ParkedForm
from engine.models.supervision import (
    Card,
    CardDoubt,
    Letter,
    LetterCard,
    Pulse,
    SupervisionRule,
    WatchMark,
)
from engine.models.tasks import CoHandling, Signature, Task, Timer

__all__ = [
    "ApiToken",
    "Base",
    "Blob",
    "CalendarDay",
    "CalendarImport",
    "CalendarYear",
    "Card",
    "CardDoubt",
    "Case",
    "CaseWords",
    "ClockStop",
    "CoHandling",
    "Correction",
    "Counter",
    "Department",
    "Document",
    "Draft",
    "Event",
    "Extension",
    "Incident",
    "Letter",
    "LetterCard",
    "Licence",
    "LicenceBar",
    "LoginFailure",
    "Material",
    "Message",
    "Notice",
    "Opening",
    "ParkedForm",
    "Person",
    "Post",
    "Pulse",
    "Role",
    "Signature",
    "Subscription",
    "SupervisionRule",
    "Task",
    "Timer",
    "Version",
    "VersionFile",
    "WatchMark",
]
