"""Routes of identity: the own session, accounts, the audit log."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Connection

from services.identity import store
from services.identity.api.edge import clear_cookies, origin_of, set_cookie
from services.identity.handlers.accounts import change_account, check_new_account, create_account, reset_password
from services.identity.handlers.audit import Act
from services.identity.handlers.context import Identity
from services.identity.handlers.grants import granted_account
from services.identity.handlers.login import log_in
from services.identity.handlers.own_session import PasswordChange, change_password, log_out
from services.identity.handlers.page_key import page_key
from services.identity.handlers.passwords import one_time_password
from services.identity.schemas import (
    ChangeAccount,
    ChangePassword,
    CreateAccount,
    OpenSession,
    actor_json,
    audit_json,
)
from shared.http.auth import is_attended, presented_token, require_own_origin
from shared.http.commands import Answer, json_response
from shared.http.paging import After, Limit, decode_cursor, keyed_page
from shared.kernel.access import Action, Actor
from shared.kernel.clock import wire_time


def build_session_router(identity: Identity) -> APIRouter:
    """`/api/session`."""
    router = APIRouter(prefix="/api/session", tags=["identity"])
    deps = identity.deps
    own = Annotated[Actor, Depends(deps.auth.require(Action.SESSION_OWN))]
    max_age = int(identity.config.session.absolute.value.total_seconds())

    def session_json(actor: Actor, ends: datetime, latest: datetime) -> dict[str, Any]:
        place = {"site": deps.site, "site_name": deps.site_name, "exercise": deps.exercise}
        actions = sorted(action for action in Action if actor.may(action))
        until = {"expires_at": wire_time(ends), "latest_at": wire_time(latest), "now": wire_time(identity.now())}
        return {"account": actor_json(actor), "actions": actions, **until, **place}

    @router.post("")
    async def open_session(request: Request, body: OpenSession) -> Response:
        """Log in: a cookie for browsers, the same token in the body for programs."""
        require_own_origin(request)
        old, from_cookie = presented_token(request)
        opened = await log_in(
            identity,
            body.username,
            body.password,
            origin_of(request, identity.config),
            old_token=old if from_cookie else None,
        )
        body_out = {"token": opened.token, **session_json(opened.actor, opened.ends_at, opened.expires_at)}
        response = json_response(body_out)
        set_cookie(request, response, opened.token, max_age)
        response.headers["Cache-Control"] = "no-store"
        return response

    @router.get("")
    async def show_session(request: Request, actor: own) -> Response:
        """Who is logged in here, at which site; `expires_at` if nobody acts any more, `latest_at` whatever is done."""
        token, _ = presented_token(request)
        session = await identity.sessions.session_of(token or "", attended=is_attended(request))
        return json_response(session_json(actor, session.ends_at, session.expires_at))

    @router.get("/page-key")
    async def show_page_key(actor: own) -> Response:
        """The key with which a browser seals what this account leaves unsent in it."""
        key = await deps.database.read(lambda c: page_key(c, actor.account_id))
        response = json_response({"key": key})
        response.headers["Cache-Control"] = "no-store"
        return response

    @router.delete("", status_code=204)
    async def end_session(request: Request, actor: own) -> Response:
        """Log out."""
        token, _ = presented_token(request)
        await log_out(identity, actor, token or "", origin_of(request, identity.config))
        response = Response(status_code=204)
        clear_cookies(response)
        return response

    @router.post("/password", status_code=204)
    async def new_password(request: Request, body: ChangePassword, actor: own) -> Response:
        """Change the own password; all other sessions of the account end."""
        token, from_cookie = presented_token(request)
        change = PasswordChange(body.current, body.new, token or "", rotate=from_cookie)
        opened = await change_password(identity, actor, change, origin_of(request, identity.config))
        response = Response(status_code=204)
        if opened is not None:
            set_cookie(request, response, opened.token, max_age)
        return response

    return router


def build_accounts_router(identity: Identity) -> APIRouter:
    """`/api/accounts`."""
    router = APIRouter(prefix="/api/accounts", tags=["identity"])
    deps = identity.deps
    admin = Annotated[Actor, Depends(deps.auth.require(Action.ACCOUNT_ADMIN))]

    @router.get("")
    async def accounts(_actor: admin, limit: Limit = 50, after: After = None) -> Response:
        """Accounts by username."""
        behind = str(decode_cursor(after, str)[0]) if after else ""
        rows = await deps.database.read(lambda c: store.accounts_after(c, behind, limit + 1))
        return json_response(keyed_page(rows, limit, lambda row: (row.username,), granted_account))

    @router.post("", status_code=201)
    async def create(request: Request, body: CreateAccount, actor: admin) -> Response:
        """A new account. Without `password` the answer has a one-time `password`, shown this once."""
        username = check_new_account(body)
        if body.password is not None:
            await identity.passwords.require_good(body.password, username, field="password")
        secret = body.password or one_time_password()
        hashed = await identity.passwords.hash(secret)
        act = Act(identity.now(), actor, origin_of(request, identity.config))
        made: list[dict[str, Any]] = []

        def work(connection: Connection) -> Answer:
            one_time = body.password is None
            made.append(create_account(connection, deps, act, body, password_hash=hashed, must_change=one_time))
            return Answer(201, made[0])

        # Nothing derived from the password may stay beside the idempotency key.
        public = orjson.dumps(body.model_dump(mode="json", exclude={"password"}))
        answer = await deps.commands.run(request, actor, work, content=public)
        return json_response({**made[0], "password": secret}, 201) if made and body.password is None else answer

    @router.patch("/{account_id}")
    async def change(request: Request, account_id: str, body: ChangeAccount, actor: admin) -> Response:
        """Change, disable or enable an account."""
        act = Act(identity.now(), actor, origin_of(request, identity.config))
        answer = await deps.commands.run(
            request, actor, lambda c: Answer(200, change_account(c, deps, act, account_id, body))
        )
        identity.sessions.forget()
        return answer

    @router.post("/{account_id}/reset-password")
    async def reset(request: Request, account_id: str, actor: admin) -> Response:
        """Set a one-time password and show it this once; asked again, another one is set."""
        secret = one_time_password()
        hashed = await identity.passwords.hash(secret)
        act = Act(identity.now(), actor, origin_of(request, identity.config))
        await deps.database.write(lambda c: reset_password(c, deps, act, account_id, hashed))
        identity.sessions.forget()
        return json_response({"password": secret})

    return router


def build_audit_router(identity: Identity) -> APIRouter:
    """`/api/audit`."""
    router = APIRouter(prefix="/api/audit", tags=["identity"])
    reader = Annotated[Actor, Depends(identity.deps.auth.require(Action.AUDIT_READ))]

    @router.get("")
    async def audit(_actor: reader, limit: Limit = 50, after: After = None) -> Response:
        """The audit log, newest first."""
        below = decode_cursor(after, int)[0] if after else None
        seq = below if isinstance(below, int) else None
        links = await identity.deps.database.read(lambda c: store.audit_before(c, seq, limit + 1))
        return json_response(keyed_page(links, limit, lambda link: (link.entry.seq,), audit_json))

    return router
