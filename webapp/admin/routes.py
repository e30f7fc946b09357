"""The blueprint of administration; the views put themselves on it."""

from flask import Blueprint

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
