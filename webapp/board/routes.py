"""The blueprint of the board; the views put themselves on it."""

from flask import Blueprint

blueprint = Blueprint("board", __name__, url_prefix="/board")
