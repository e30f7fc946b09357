"""Deployed items: checking, versions, and the compiled view of each."""

from engine.definitions import service
from engine.definitions.bundle import (
    Names,
    Reading,
    bundle_hash,
    read_archive,
    read_bundle,
    read_folder,
    read_zip,
)
from engine.definitions.deploy import (
    Bundle,
    BundleRefusedError,
    Deployed,
    VersionInfo,
    budgets,
    bundle,
    check_bundle,
    deploy,
    files_of,
    get_version,
    newest,
    published,
    remember,
    versions,
)
from engine.definitions.item import Item
from engine.definitions.joined import as_now, bundle_of, join, viewed

__all__ = [
    "Bundle",
    "BundleRefusedError",
    "Deployed",
    "Item",
    "Names",
    "Reading",
    "VersionInfo",
    "as_now",
    "budgets",
    "bundle",
    "bundle_hash",
    "bundle_of",
    "check_bundle",
    "deploy",
    "files_of",
    "get_version",
    "join",
    "newest",
    "published",
    "read_archive",
    "read_bundle",
    "read_folder",
    "read_zip",
    "remember",
    "service",
    "versions",
    "viewed",
]
