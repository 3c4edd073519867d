"""Every route of the whole node with every role and with nobody: what the table of access says is what happens."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from shared.kernel.access import Action, Role, may
from tests.harness.hosting import ADMIN_PASSWORD, Hosted, hosted

Route = tuple[str, str]
OPEN: frozenset[Route] = frozenset({("POST", "/api/session"), ("GET", "/api/i18n")})
"""Routes without an action: whoever logs in is nobody yet, and the page that asks for it has labels."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC = frozenset({"/livez", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json"})
"""Outside `/api` and without a login: for probes, and descriptions that hold no data; beside them the page itself."""
STREAM: Route = ("GET", "/api/picture/stream")
"""No FastAPI route: it guards itself. For those who may, it never ends, so only the refusals are tried here."""
MORE: dict[Role, dict[str, str]] = {
    Role.TERRITORY_OFFICER: {"territory": "110115107"},
    Role.TEAM_LEADER: {"unit_id": "01890000-0000-7000-8000-000000000001"},
}


def _actions(dependant: Dependant) -> Iterator[Action]:
    for inner in dependant.dependencies:
        action = getattr(inner.call, "action", None)
        if isinstance(action, Action):
            yield action
        yield from _actions(inner)


def routes_of(app: Hosted) -> dict[Route, set[Action]]:
    """Every route under /api with the actions that guard it."""
    assert app.node.app is not None
    found: dict[Route, set[Action]] = {}
    for context in iter_route_contexts(app.node.app.routes):
        route: Any = context
        if not str(route.path or "").startswith("/api"):
            continue
        actions = set(_actions(route.dependant)) if getattr(route, "dependant", None) else set()
        for method in set(route.methods or ()) - {"HEAD"}:
            found[method, route.path] = {Action.PICTURE_READ} if (method, route.path) == STREAM else actions
    return found


async def ask(client: httpx.AsyncClient, route: Route) -> httpx.Response:
    """A request that reaches the guard and means nothing behind it."""
    method, template = route
    path = re.sub(r"\{(\w+)\}", lambda name: {"day": "2027-02-13", "seq": "1"}.get(name[1], "none"), template)
    body = {"username": "admin", "password": "wrong"} if route == ("POST", "/api/session") else {}
    return await client.request(method, path, json=body if method in {"POST", "PUT", "PATCH"} else None)


async def test_every_route_names_one_action_or_is_on_the_short_list(tmp_path: Path) -> None:
    async with hosted(tmp_path) as app:
        routes = routes_of(app)
        assert len(routes) > 50, "the walk must find the routes of all services"
        assert STREAM in routes
        assert {route for route, actions in routes.items() if not actions} == OPEN
        assert not [route for route, actions in routes.items() if len(actions) > 1]
        unused = set(Action) - set[Action]().union(*routes.values())
        assert unused <= {Action.CALLER_READ, Action.FACILITY_CONTACT}, (
            "an action that no route asks for guards nothing"
        )


async def test_nobody_gets_nothing(tmp_path: Path) -> None:
    async with hosted(tmp_path) as app:
        client = app.anonymous()
        wrong = {}
        for route in set(routes_of(app)) - OPEN:
            answer = await ask(client, route)
            if answer.status_code != 401 or answer.json()["code"] != "session.required":
                wrong[route] = answer.status_code
        assert not wrong


async def test_every_role_may_what_the_table_says_and_nothing_else(tmp_path: Path) -> None:
    async with hosted(tmp_path) as app:
        routes = routes_of(app)
        wrong = []
        for role in Role:
            client = await app.client(role.value, **MORE.get(role, {}))
            # Logging out comes last: it ends the session that asks.
            for route in sorted(routes.keys() - OPEN, key=lambda found: found == ("DELETE", "/api/session")):
                is_allowed = all(may(frozenset({role}), action) for action in routes[route])
                if is_allowed and route == STREAM:
                    continue
                answer = await ask(client, route)
                is_refused = answer.status_code in {401, 403}
                if is_refused == is_allowed or (is_refused and answer.json()["code"] != "access.forbidden"):
                    wrong.append((role.value, *route, answer.status_code, answer.text[:120]))
        assert not wrong


async def test_a_one_time_password_opens_nothing_but_its_own_change(tmp_path: Path) -> None:
    async with hosted(tmp_path) as app:
        body = {"username": "lisi", "name": "李四", "roles": ["admin"]}
        made = (await (await app.admin()).post("/api/accounts", json=body)).json()
        client = await app.login("lisi", made["password"])
        wrong = {}
        for route, actions in routes_of(app).items():
            if route in OPEN or Action.SESSION_OWN in actions:
                continue
            answer = await ask(client, route)
            if (answer.status_code, answer.json()["code"]) != (403, "session.password_change_required"):
                wrong[route] = answer.status_code
        assert not wrong


async def test_no_unsafe_route_is_open_to_another_sites_page(tmp_path: Path) -> None:
    async with hosted(tmp_path) as app:
        client = app.anonymous()
        answer = await client.post("/api/session", json={"username": "admin", "password": ADMIN_PASSWORD})
        client.cookies.set("yzt_session", answer.json()["token"])
        assert (await client.get("/api/session")).status_code == 200
        unsafe = [route for route in routes_of(app) if route[0] not in SAFE]
        assert len(unsafe) > 30, "the walk must find the commands of all services"
        foreign = ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"})
        wrong = {}
        for route in unsafe:
            for headers in foreign:
                client.headers.update(headers)
                answer = await ask(client, route)
                for name in headers:
                    del client.headers[name]
                if (answer.status_code, answer.json()["code"]) != (403, "origin.refused"):
                    wrong[route] = (answer.status_code, headers)
        assert not wrong
        assert (await client.get("/api/session")).status_code == 200, "the session of the deceived lives on"


async def test_what_lies_outside_the_api_is_on_the_short_list_and_says_how_it_may_be_used(tmp_path: Path) -> None:
    async with hosted(tmp_path) as app:
        assert app.node.app is not None
        found = {str(context.path) for context in iter_route_contexts(app.node.app.routes) if context.path}
        outside = {path for path in found if not path.startswith("/api")}
        assert outside - PUBLIC <= {"/ca", "/ca.crt", "/ca.cer", "/ca.mobileconfig"}, outside
        answers = {path: await app.anonymous().get(path) for path in ("/", "/livez", "/api/session", "/nowhere.js")}
        for answer in answers.values():
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("role", Role)
def test_every_role_may_use_its_own_session(role: Role) -> None:
    assert may(frozenset({role}), Action.SESSION_OWN)
