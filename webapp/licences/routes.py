"""The blueprint of licences; the views put themselves on it."""

from flask import Blueprint

blueprint = Blueprint("licences", __name__, url_prefix="/licences")
