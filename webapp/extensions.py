"""The Flask extensions, made once and bound to each application in create_app."""

from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

import engine.db

db = SQLAlchemy(metadata=engine.db.metadata)
csrf = CSRFProtect()
login_manager = LoginManager()
