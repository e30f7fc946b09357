"""Departments, people, the posts they hold, and their tokens."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base


class Department(Base):
    """部门: a unit that handles cases; ``code`` is what diagrams name."""

    __tablename__ = "department"
    code: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    mark: Mapped[str] = mapped_column(default="")  # 机关代字: heads the numbers of its documents
    phone: Mapped[str] = mapped_column(default="")
    address_zh: Mapped[str] = mapped_column(default="")
    address_en: Mapped[str] = mapped_column(default="")
    # government, department, section, station, window
    kind: Mapped[str] = mapped_column(default="department")
    position: Mapped[int] = mapped_column(default=0)  # its place among its sisters


class Role(Base):
    """岗位: a role that diagrams name, such as ``clerk`` or ``head``."""

    __tablename__ = "role"
    code: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]


class Person(Base):
    """A natural person who can log in: staff or applicant."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]  # "staff" | "applicant"
    name: Mapped[str]
    password_hash: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    id_number: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="zh")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]  # no longer of the staff; the login is closed
    posts: Mapped[list["Post"]] = relationship(
        back_populates="person", lazy="selectin", order_by="Post.id"
    )


class Post(Base):
    """任职: a person holds a role in a department."""

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("person_id", "department_code", "role_code"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"), index=True)
    role_code: Mapped[str] = mapped_column(ForeignKey("role.code"))
    person: Mapped[Person] = relationship(back_populates="posts")


class ApiToken(Base):
    """A bearer token of a person; only its hash is kept."""

    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class LoginFailure(Base):
    """One failed login, counted to slow down guessing on any number of machines."""

    __tablename__ = "login_failure"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
