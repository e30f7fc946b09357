"""Every act on drafts of items, prepared to be carried out by whoever may."""

from collections.abc import Callable

from engine import clock, db, drafting
from tests.engine.drafting.test_drafts import begun, bundle, lin

Act = Callable[[], object]
NOW = clock.now()


def create() -> Act:
    """Beginning a draft."""
    return lambda: drafting.create("individual-business", "新", bundle(), actor=lin(), now=NOW)


def keep_beside() -> Act:
    """Keeping what could not be saved as a draft of its own."""
    draft = begun()
    return lambda: drafting.keep_beside(draft.id, {}, base=1, actor=lin(), now=NOW)


def rename() -> Act:
    """Giving a draft another name."""
    draft = begun()
    return lambda: drafting.rename(draft.id, "别名", actor=lin(), now=NOW)


def restore() -> Act:
    """Taking a discarded draft back."""
    draft = begun()
    with db.transaction():
        drafting.discard(draft.id, actor=lin(), now=NOW)
    return lambda: drafting.restore(draft.id, actor=lin(), now=NOW)


def return_to() -> Act:
    """Making an older revision the newest again."""
    draft = begun()
    with db.transaction():
        changes = {"accept.form": None}
        drafting.save(draft.id, changes, base=1, actor=lin(), now=NOW)
    return lambda: drafting.return_to(draft.id, 1, actor=lin(), now=NOW)


ACTS = {act.__name__: act for act in (create, keep_beside, rename, restore, return_to)}
