"""The blueprint of the studio, and who may enter it; the views put themselves on it."""

from flask import Blueprint

from webapp.doors import roles

blueprint = Blueprint("studio", __name__, url_prefix="/studio")
designers = roles("admin", "designer")
