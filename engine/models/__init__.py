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
    PublicHearing,
)
from engine.models.clock import CalendarImport, ClockStop, Extension
from engine.models.definitions import (
    CalendarDay,
    CalendarYear,
    Opening,
    Version,
    VersionFile,
    in_force,
)
from engine.models.deliveries import Delivery, NoticeChoice, Subscriber
from engine.models.drafting import ItemDraft, ItemEditor, ItemRevision
from engine.models.incidents import Incident
from engine.models.licences import EndingNotice, Licence, LicenceBar
from engine.models.messages import Message, Subscription
from engine.models.outside import ExternalTask, ProgramTopic
from engine.models.people import ApiToken, Department, LoginFailure, Person, Post, Role
from engine.models.record import Event, Notice, ParkedForm
from engine.models.redeployments import RedeployedCase, Redeployment
from engine.models.repairs import OrganisationImport, Repair, RetryRound, Substitute
from engine.models.supervision import (
    Breach,
    Card,
    CardDoubt,
    Letter,
    LetterCard,
    Pulse,
    SupervisionRule,
    WatchMark,
)
from engine.models.tasks import CoHandling, Signature, Task, Timer
from engine.models.voices import Complaint, Question, Rating

__all__ = [
    "ApiToken",
    "Base",
    "Blob",
    "Breach",
    "CalendarDay",
    "CalendarImport",
    "CalendarYear",
    "Card",
    "CardDoubt",
    "Case",
    "CaseWords",
    "ClockStop",
    "CoHandling",
    "Complaint",
    "Correction",
    "Counter",
    "Delivery",
    "Department",
    "Document",
    "Draft",
    "EndingNotice",
    "Event",
    "Extension",
    "ExternalTask",
    "Incident",
    "ItemDraft",
    "ItemEditor",
    "ItemRevision",
    "Letter",
    "LetterCard",
    "Licence",
    "LicenceBar",
    "LoginFailure",
    "Material",
    "Message",
    "Notice",
    "NoticeChoice",
    "Opening",
    "OrganisationImport",
    "ParkedForm",
    "Person",
    "Post",
    "ProgramTopic",
    "PublicHearing",
    "Pulse",
    "Question",
    "Rating",
    "RedeployedCase",
    "Redeployment",
    "Repair",
    "RetryRound",
    "Role",
    "Signature",
    "Subscriber",
    "Subscription",
    "Substitute",
    "SupervisionRule",
    "Task",
    "Timer",
    "Version",
    "VersionFile",
    "WatchMark",
    "in_force",
]
