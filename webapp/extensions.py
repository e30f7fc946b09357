"""The Flask extensions, made once and bound to each application in create_app."""

from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

import engine.db

# A unit of work begins with fresh rows; what it leaves may be looked at without reading it again.
db = SQLAlchemy(metadata=engine.db.metadata, session_options={"expire_on_commit": False})
csrf = CSRFProtect()
login_manager = LoginManager()
