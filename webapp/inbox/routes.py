"""The blueprint of the staff's work; the views put themselves on it."""

from flask import Blueprint

blueprint = Blueprint("inbox", __name__)
