"""The one place that turns errors into answers: a page for people, JSON for programs."""

from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import (
    Flask,
    Response,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from engine import clock, incidents
from engine.errors import (
    ConflictError,
    DefinitionError,
    EngineError,
    EngineFault,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from engine.people import TOO_MANY
from forms.text import Text
from webapp import language, logs, parking
from webapp.doors import LoginNeededError

logger = structlog.get_logger("lianban.web")
_DRAIN_LIMIT, _CHUNK = 512 * 1024 * 1024, 1024 * 1024

STATUS: dict[type[EngineError], int] = {
    LoginNeededError: 401,
    NotFoundError: 404,
    ForbiddenError: 403,
    ConflictError: 409,
    InvalidError: 422,
    DefinitionError: 422,
    EngineFault: 500,
    EngineError: 400,
}

#: heading and advice of each error page
PAGES: dict[int, tuple[Text, Text]] = {
    400: (
        Text("请求无法识别", "The request could not be read"),
        Text(
            "请返回上一页，刷新后重试。",
            "Go back to the page before, reload it and try again.",
        ),
    ),
    401: (
        Text("请先登录", "Please sign in"),
        Text("登录后可以继续。", "You can go on after signing in."),
    ),
    403: (
        Text("您不能打开这个页面", "This page is not open to you"),
        Text(
            "请确认登录的是正确的账号；如果您认为这是错误，请联系政务服务中心。",
            "Check that you are signed in with the right account. If you think this is a mistake, "
            "ask the service centre.",
        ),
    ),
    404: (
        Text("没有找到", "Not found"),
        Text(
            "请检查网址或编号是否完整、正确；也可以从首页查找事项，或用办件编号查询进度。",
            "Check that the address or number is complete and correct. You can also find the "
            "service from the home page, or look up a case by its number.",
        ),
    ),
    405: (
        Text("不能这样打开这个地址", "This address cannot be opened like this"),
        Text("请从首页重新进入。", "Please start again from the home page."),
    ),
    409: (
        Text("情况已经变化，没有重复办理", "Something has changed in the meantime"),
        Text(
            "您打开页面之后，别人或您在另一个窗口已经办理。什么也没有被覆盖；请查看最新状态后再决定。",
            "After you opened the page, somebody else, or you in another window, went on with it. "
            "Nothing was overwritten; look at the latest state before you decide.",
        ),
    ),
    413: (
        Text("文件太大", "The file is too large"),
        Text(
            "请压缩文件或降低扫描分辨率（建议每页不超过1MB）后重新上传。此前保存的内容没有丢失。",
            "Make the file smaller or scan at a lower resolution (about 1 MB a page), then upload "
            "it again. What you saved before is still there.",
        ),
    ),
    415: (
        Text("不支持这种内容格式", "This type of content is not taken here"),
        Text(
            "请按接口说明的 Content-Type 发送。",
            "Send the Content-Type that the description of the interface names.",
        ),
    ),
    422: (
        Text("有内容需要更正", "Something needs correcting"),
        Text(
            "请返回上一页，按提示更正后再提交。",
            "Go back, correct the points named and send it again.",
        ),
    ),
    429: (
        Text("操作过于频繁", "Too many attempts"),
        Text("请稍后再试。", "Please wait a while and try again."),
    ),
    500: (
        Text("系统出现问题", "Something went wrong on our side"),
        Text(
            "本次操作没有生效，已保存的内容没有丢失。请过几分钟重试；仍不行时，请把下面的编号告诉政务服务中心。",
            "Nothing was changed, and what you saved is still there. Try again in a few minutes; "
            "if it still fails, tell the service centre the number below.",
        ),
    ),
    503: (
        Text("服务暂时不可用", "The service is not available for a moment"),
        Text("请过几分钟重试。", "Please try again in a few minutes."),
    ),
}

_EXPIRED = Text(
    "页面打开时间太长或登录已变化，需要再确认一次。您填写的内容都在，请核对后重新提交；上传的文件需要重新选择。",
    "The page was open for a long time, or the login has changed, so please confirm once more. "
    "All you typed is here; check it and send it again. Files have to be chosen again.",
)
_RELOAD = Text(
    "登录已变化，没有保存。请在另一个窗口登录，再重新打开本页；重新打开以前，内容还在本页。",
    "The login has changed, so nothing was saved. Sign in in another window, then open this page "
    "again; until you do, what you wrote is still here.",
)


def install(app: Flask) -> None:
    """Map the engine's family of errors, HTTP errors, and whatever else goes wrong."""
    app.register_error_handler(LoginNeededError, _login_needed)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(EngineError, _engine_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(Exception, _unexpected)


def status_of(error: EngineError) -> int:
    """Return the HTTP status of an error of the engine."""
    if error.message == TOO_MANY:
        return 429
    return next(status for kind, status in STATUS.items() if isinstance(error, kind))


def wants_json() -> bool:
    """Say whether a program asked, or a script of ours: the answer is JSON, not a page."""
    return request.path.startswith(("/api/", "/engine-rest/", "/rest/")) or request.is_json


def as_json(
    status: int, code: str, message: Text, fields: dict[str, Text] | None = None
) -> Response:
    """Answer a program: code, message, fields and the request's id."""
    body: dict[str, Any] = {
        "code": code,
        "message": language.t(message),
        "fields": {name: language.t(text) for name, text in (fields or {}).items()},
        "request_id": logs.request_id(),
    }
    answer = jsonify(body)
    answer.status_code = status
    return answer


def page(status: int, message: Text | None = None, **values: Any) -> Response:
    """Show the error page of a status, with the error's own sentence when it has one."""
    heading, advice = PAGES.get(status, PAGES[500 if status >= 500 else 400])
    body = render_template(
        "errors/error.html",
        status=status,
        heading=heading,
        message=message,
        advice=advice,
        request_id=logs.request_id(),
        **values,
    )
    return make_response(body, status)


def _login_needed(error: LoginNeededError) -> ResponseReturnValue:
    if wants_json():
        answer = as_json(401, error.code, error.message)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    if request.method == "POST":
        return parking.park_and_ask_for_login()
    return redirect(url_for("account.login", next=parking.page_address()), 303)


def _form_expired(_error: CSRFError) -> ResponseReturnValue:
    if wants_json():
        return as_json(400, "form-expired", _RELOAD)
    return parking.reopen(parking.sent_from(), parking.typed_fields(), _EXPIRED)


def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Read the rest of the file away first: a browser that is still sending shows no answer."""
    drain()
    # The form cannot be read, so it cannot say which page it stood on.
    g.page_address = urlsplit(request.referrer or "/").path
    return _answer(413, "too-large", PAGES[413][0], {})


def drain() -> None:
    """Read away what is still being sent: whoever sends it reads no answer before."""
    rest = request.environ["wsgi.input"]
    left = min(request.content_length or _DRAIN_LIMIT, _DRAIN_LIMIT)
    while left > 0 and (read := rest.read(min(_CHUNK, left))):
        left -= len(read)


def _engine_error(error: EngineError) -> ResponseReturnValue:
    status = status_of(error)
    if isinstance(error, EngineFault):
        noted(error)
    elif status >= 500:
        logger.error("engine-error", code=error.code, message=error.message.en, exc_info=error)
    if wants_json():
        return as_json(status, error.code, error.message, error.fields)
    kept = parking.typed_fields() if request.method == "POST" else []
    back = parking.sent_from() if request.method == "POST" else ""
    words = parking.written(kept)
    return page(status, error.message, fields=error.fields, kept=kept, words=words, back=back)


def noted(fault: EngineFault) -> bool:
    """Log a step that failed and keep its incident; say whether there is one to be mended."""
    logger.error("engine-fault", code=fault.code, message=fault.message.en, exc_info=fault)
    return incidents.keep(fault, now=clock.now()) is not None


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    return _answer(status, error.name.lower().replace(" ", "-"), None, dict(error.get_headers()))


def _answer(
    status: int, code: str, message: Text | None, headers: dict[str, str]
) -> ResponseReturnValue:
    if wants_json():
        answer = as_json(status, code, message or PAGES.get(status, PAGES[400])[0])
    else:
        answer = page(status, message)
    for name in ("Allow", "Retry-After"):
        if name in headers:
            answer.headers[name] = headers[name]
    return answer


def _database_error(error: DBAPIError) -> ResponseReturnValue:
    """Ask for patience while the database cannot be reached; any other fault of it is ours."""
    state = getattr(error.orig, "sqlstate", None)
    if not error.connection_invalidated and state is not None and not state.startswith("57P"):
        return _unexpected(error)
    logger.error("database-unreachable", kind=type(error).__name__, exc_info=error)
    return _answer(503, "database-unreachable", None, {"Retry-After": "10"})


def _unexpected(error: Exception) -> ResponseReturnValue:
    logger.error("unexpected", kind=type(error).__name__, exc_info=error)
    return _answer(500, "unexpected", None, {})
