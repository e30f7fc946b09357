"""Nothing typed is lost: a form sent too late comes back filled.

A login that has expired, a token that no longer fits, a page that is out of date: what was typed
is kept and the page is shown again with it. A page joins in by putting ``_page`` (its own address)
into its forms (the macro ``form_open`` does) and by asking ``typed()`` for values before it shows
a form.
"""

import re
from collections.abc import Iterable

from flask import (
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

import engine.db
from engine import clock, people
from forms.text import Text
from webapp import doors
from webapp.security import is_own_page

#: fields of a form that are never kept
_SECRET = ("csrf_token", "password", "password2", "_page")
_WAITING = "parked"
_CODE = re.compile(r"[a-z][a-z0-9_-]*|[01]")


def typed() -> "MultiDict[str, str] | None":
    """Return what was typed on this page before it had to be shown again, or None."""
    if "typed" not in g:
        return None
    g.typed_used = True
    kept: MultiDict[str, str] = g.typed
    return kept


def page_address() -> str:
    """Return the address of the page this request shows, for ``_page`` and for links to it."""
    if "page_address" in g:
        return str(g.page_address)
    if request.method == "POST":
        return sent_from()
    query = request.query_string.decode("ascii", "ignore")
    return f"{request.path}?{query}" if query else request.path


def sent_from() -> str:
    """Return the address of the page whose form was sent in."""
    page = request.form.get("_page", "")
    return page if is_own_page(page) else request.path


def written(fields: Iterable[tuple[str, str]]) -> list[str]:
    """Return what somebody wrote themselves: not the codes of picked answers and buttons."""
    return [v for k, v in fields if v and not k.startswith("_") and not _CODE.fullmatch(v)]


def typed_fields() -> list[tuple[str, str]]:
    """Return the fields of the form that was sent in, without secrets."""
    return [(k, v) for k, v in request.form.items(multi=True) if k not in _SECRET]


def park_and_ask_for_login() -> ResponseReturnValue:
    """Keep what was typed, then ask for the login; files must be chosen again afterwards."""
    page = sent_from()
    with engine.db.transaction():
        session[_WAITING] = people.park_form(page, typed_fields(), now=clock.now())
    return redirect(url_for("account.login", next=page, kept=1), 303)


def after_login() -> ResponseReturnValue | None:
    """Show the page whose form was parked, filled again; None when nothing was parked."""
    token = session.pop(_WAITING, None)
    if token is None:
        return None
    with engine.db.transaction():
        parked = people.take_parked(token, now=clock.now())
    if parked is None:
        return None
    page, fields = parked
    return reopen(
        page,
        fields,
        Text(
            "您已重新登录。刚才填写的内容已恢复，请核对后再提交；上传的文件需要重新选择。",
            "You are signed in again. What you typed is back; check it and send it again. "
            "Files have to be chosen again.",
        ),
    )


def reopen(page: str, fields: Iterable[tuple[str, str]], notice: Text) -> ResponseReturnValue:
    """Show a page again, its form filled with what was typed, under a notice that says why."""
    kept = list(fields)
    g.typed, g.notice = MultiDict(kept), notice
    g.typed_used = False
    answer = _view(page)
    nothing = not any(value for name, value in kept if not name.startswith("_"))
    if answer is not None and (nothing or (g.typed_used and not _leads_away(answer))):
        return answer
    return render_template("errors/kept.html", page=page, words=written(kept), notice=notice)


def _leads_away(answer: ResponseReturnValue) -> bool:
    """Say whether a page shows no form any more but sends its visitor on."""
    return 300 <= make_response(answer).status_code < 400


def _view(page: str) -> ResponseReturnValue | None:
    """Run the view of a page of ours as if it had been asked for; None when there is none."""
    adapter = current_app.url_map.bind_to_environ(request.environ)
    try:
        endpoint, arguments = adapter.match(page.partition("?")[0], method="GET")
    except HTTPException:
        return None
    view = current_app.view_functions[endpoint]
    doors.enter(view, "GET")
    g.page_address = page
    answer: ResponseReturnValue = current_app.ensure_sync(view)(**arguments)
    return answer
