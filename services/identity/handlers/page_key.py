"""The key with which a browser seals what it keeps for an account: of the account, not of the session or the password.

It is the same at each login, so that what was left unsent opens again, also after a reset of the password; and it is
handed out to a session alone, so that a machine where nobody is logged in holds nothing that opens it.
"""

import base64
import hashlib
import hmac
import secrets

from sqlalchemy import Connection

from services.identity import store

_BYTES = 32


def ensure_page_secret(connection: Connection) -> None:
    """Make the site's secret on the first start; its loss would close for ever what browsers had left unsent."""
    if store.page_secret(connection) is None:
        store.keep_page_secret(connection, base64.b64encode(secrets.token_bytes(_BYTES)).decode())


def page_key(connection: Connection, account_id: str) -> str:
    """The account's key, 256 bits in base64."""
    secret = store.page_secret(connection)
    assert secret is not None, "made before the first request"
    key = hmac.digest(base64.b64decode(secret), b"page:" + account_id.encode(), hashlib.sha256)
    return base64.b64encode(key).decode()
