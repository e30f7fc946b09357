"""The blueprint of supervision; the views put themselves on it."""

from flask import Blueprint

blueprint = Blueprint("oversight", __name__, url_prefix="/oversight")
