"""Tables of identity."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, Index, Table
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.storage.types import Json, UtcTime


class Base(SQLModel, registry=registry()):
    """Keeps this service's tables apart from the other services'."""


class AccountRow(Base, table=True):
    """An account. `username` is normalised; the hash is Argon2id in PHC form."""

    __tablename__ = "account"

    id: str = Field(primary_key=True, max_length=36)
    username: str = Field(max_length=40, unique=True)
    name: str = Field(max_length=80)
    roles: list[str] = Field(sa_type=Json)
    territory: str | None = Field(default=None, max_length=12)
    person_id: str | None = Field(default=None, max_length=36)
    unit_id: str | None = Field(default=None, max_length=36)
    password_hash: str = Field(max_length=200)
    must_change_password: bool
    disabled: bool = False
    version: int
    created_at: datetime = Field(sa_type=UtcTime)
    updated_at: datetime = Field(sa_type=UtcTime)
    home_site: str | None = Field(default=None, max_length=32)
    """The site that keeps the account and grants it to this one; None for an own account."""
    receipted: int | None = None
    """The newest version of a granted account that its home was told to have arrived."""


class SessionRow(Base, table=True):
    """A login. The token itself is nowhere: only its SHA-256."""

    __tablename__ = "session"
    __table_args__ = (Index("session_of_account", "account_id", "ended_at"),)

    token_hash: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="account.id", max_length=36)
    created_at: datetime = Field(sa_type=UtcTime)
    last_seen_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    address: str = Field(max_length=64)
    user_agent: str = Field(max_length=120)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    end_reason: str | None = Field(default=None, max_length=20)


class LoginFailureRow(Base, table=True):
    """Wrong passwords in a row; also for usernames that do not exist, so that a lock tells nothing about them."""

    __tablename__ = "login_failure"

    username: str = Field(primary_key=True, max_length=40)
    failures: int
    last_failed_at: datetime = Field(sa_type=UtcTime)
    locked_until: datetime | None = Field(default=None, sa_type=UtcTime)


class AuditRow(Base, table=True):
    """The audit chain. Triggers refuse every change and removal."""

    __tablename__ = "audit"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcTime)
    actor_id: str | None = Field(default=None, max_length=36)
    actor_name: str | None = Field(default=None, max_length=80)
    action: str = Field(max_length=40)
    object: str | None = Field(default=None, max_length=120)
    success: bool
    address: str | None = Field(default=None, max_length=64)
    params: dict[str, Any] = Field(sa_type=Json)
    prev: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class SealingKeyRow(Base, table=True):
    """A site's key, in base64; the private half of the own one alone."""

    __tablename__ = "sealing_key"

    site: str = Field(primary_key=True, max_length=32)
    public_key: str = Field(max_length=64)
    private_key: str | None = Field(default=None, max_length=64)
    version: int = Field(sa_type=BigInteger)


class PageSecretRow(Base, table=True):
    """The one secret of which the keys for what browsers keep are made; in base64."""

    __tablename__ = "page_secret"

    id: int = Field(primary_key=True)
    secret: str = Field(max_length=64)


class GrantRow(Base, table=True):
    """An own account that may log in at another site too."""

    __tablename__ = "account_grant"

    account_id: str = Field(primary_key=True, foreign_key="account.id", max_length=36)
    site: str = Field(primary_key=True, max_length=32)
    version: int
    given_at: datetime = Field(sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcTime)
    """When `version` was put on its way; the rest is what the other site has confirmed."""
    arrived_version: int | None = None
    arrived_at: datetime | None = Field(default=None, sa_type=UtcTime)
    opens_there: bool | None = None
    username_there: str | None = Field(default=None, max_length=40)


SEALING_KEY = cast("Table", SealingKeyRow.__table__)  # type: ignore[attr-defined]
PAGE_SECRET = cast("Table", PageSecretRow.__table__)  # type: ignore[attr-defined]
GRANT = cast("Table", GrantRow.__table__)  # type: ignore[attr-defined]
ACCOUNT = cast("Table", AccountRow.__table__)  # type: ignore[attr-defined]
SESSION = cast("Table", SessionRow.__table__)  # type: ignore[attr-defined]
LOGIN_FAILURE = cast("Table", LoginFailureRow.__table__)  # type: ignore[attr-defined]
AUDIT = cast("Table", AuditRow.__table__)  # type: ignore[attr-defined]
