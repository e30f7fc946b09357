"""Two addresses for whoever watches the service: is it alive, is it ready."""

from flask import Blueprint, Flask, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import engine.db
from webapp.doors import open_to_all

blueprint = Blueprint("health", __name__)


def register(app: Flask) -> None:
    """Add the two addresses."""
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
@open_to_all("a load balancer asks without a login")
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@open_to_all("a load balancer asks without a login")
def ready() -> ResponseReturnValue:
    """Say whether the database answers too."""
    try:
        engine.db.session().execute(text("select 1"))
    except SQLAlchemyError:
        return jsonify(status="database-unreachable"), 503
    return jsonify(status="ok")
