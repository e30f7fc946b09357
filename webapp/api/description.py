"""The description of the interface: OpenAPI 3.1 and a page to read and try it."""

import threading
from functools import cached_property
from typing import Any

from flask import Blueprint, Flask, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_smorest import Api

from webapp import language
from webapp.api.routes import blueprint as operations
from webapp.api.schemas import ErrorSchema
from webapp.doors import open_to_all
from webapp.security import relax_policy

blueprint = Blueprint("api_docs", __name__, url_prefix="/api")
_KEPT = "lianban-openapi"

ABOUT = """联办的程序接口：与网页相同的事项、办件、待办、材料操作，同样的权限和校验。

The interface for programs: the same acts as on the pages, with the same permissions and checks.
Get a token with `POST /api/v1/token` and send it as `Authorization: Bearer …`. Instants are
ISO 8601 with an offset; texts for people come in Chinese and English; errors come in the language
of `Accept-Language` (zh or en). Lists answer one page as `{rows, total, page, pages}`.
A thing of somebody else is answered like one that does not exist (404)."""

TAGS = {
    "access": "登录和身份 Getting in",
    "items": "事项 Items on offer",
    "drafts": "申请和材料 Writing an application",
    "cases": "办件 Cases",
    "tasks": "待办 Tasks",
    "oversight": "监察 Supervision",
    "cohandling": "协办 Co-handling",
    "clock": "计时 The clock of a case",
    "calendars": "工作日历 The working calendar",
    "licences": "证照 Licences",
    "messages": "消息和信号 Messages and signals",
    "voices": "咨询、投诉和评价 Questions, complaints, ratings",
    "notices": "通知和投递 Notices and deliveries",
    "definitions": "流程的版本 Versions of items",
    "studio": "流程设计 Drafts of items",
    "organisation": "机构和人员 Units and staff",
    "repairs": "修复和权限 Repairs of cases, who may see them",
    "programs": "外部程序 Programs outside",
    "verify": "文书核验 Verification of documents",
}


class _Api(Api):  # type: ignore[misc]
    """Describes with our own form of error; errors are answered by webapp.errors alone."""

    ERROR_SCHEMA = ErrorSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave errors to the one mapper."""


class _Description:
    """What the interface is described as: told when it is first asked for, as it takes its time."""

    def __init__(self, api: _Api, app: Flask) -> None:
        self._api, self._app = api, app
        self._asked = threading.Lock()

    def tell(self) -> dict[str, Any]:
        """Return the description (OpenAPI 3.1)."""
        with self._asked:
            return self._told

    @cached_property
    def _told(self) -> dict[str, Any]:
        spec = self._api.spec
        operations.register_views_in_doc(
            self._api, self._app, spec, name=operations.name, parameters=None
        )
        spec.tag({"name": operations.name, "description": operations.description})
        told: dict[str, Any] = spec.to_dict()
        return told


def install(app: Flask) -> None:
    """Register the operations and the two addresses at which they are described."""
    options: dict[str, Any] = {
        "info": {"description": ABOUT, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": name, "description": said} for name, said in TAGS.items()],
    }
    spec_kwargs = {"title": "联办 Lianban", "version": "1", "openapi_version": "3.1.0", **options}
    api = _Api(app, spec_kwargs=spec_kwargs)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    app.register_blueprint(operations)
    app.extensions[_KEPT] = _Description(api, app)
    app.register_blueprint(blueprint)


@blueprint.get("/openapi.json")
@open_to_all("the description holds no data")
def openapi() -> ResponseReturnValue:
    """Give the description of the interface (OpenAPI 3.1)."""
    return jsonify(current_app.extensions[_KEPT].tell())


@blueprint.get("/docs")
@open_to_all("the description holds no data")
def docs() -> ResponseReturnValue:
    """Show the description as a page on which one can try every operation."""
    relax_policy(img_src="data:")  # the icons of Swagger UI stand in its style sheet
    return render_template("api/docs.html", language=language.lang())
