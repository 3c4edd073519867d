"""The product's own API from outside: what the command line, the demonstration and replays use."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx


class ApiProblem(Exception):
    """The site refused; the message is its Chinese sentence.

    Args:
        status: HTTP status.
        body: the problem document.
    """

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(str(body.get("detail") or body.get("title") or status))
        self.status = status
        self.code = str(body.get("code", ""))
        self.body = body


def _json(answer: httpx.Response) -> Any:
    try:
        body = answer.json() if answer.content else {}
    except ValueError:
        body = {"detail": answer.text[:200]}
    if answer.is_error:
        raise ApiProblem(answer.status_code, body if isinstance(body, dict) else {})
    return body


def trusting(root: Path | None) -> ssl.SSLContext:
    """What to trust: the system's roots and this one.

    Raises:
        OSError: the file is not there or is no certificate.
    """
    context = ssl.create_default_context()
    if root is not None:
        context.load_verify_locations(root)
    return context


class SiteClient:
    """One account at one site.

    Args:
        base_url: `http://…` or `https://…`.
        root: certificate to trust beside the system's.

    Raises (all methods):
        ApiProblem: the site refused.
        httpx.TransportError: the site cannot be reached.
    """

    def __init__(self, base_url: str, root: Path | None = None) -> None:
        self.url, self.root = base_url, root
        verify = trusting(root) if base_url.startswith("https://") else True
        self._http = httpx.AsyncClient(base_url=base_url, timeout=30, verify=verify)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def login(self, username: str, password: str) -> dict[str, Any]:
        """Log in; later calls are made as this account."""
        body: dict[str, Any] = await self.post("/api/session", {"username": username, "password": password})
        self._http.headers["Authorization"] = f"Bearer {body['token']}"
        self._http.cookies.clear()
        return body

    async def logout(self) -> None:
        """End the session."""
        _json(await self._http.delete("/api/session"))

    async def get(self, path: str, **query: Any) -> Any:
        """The JSON behind a path."""
        return _json(await self._http.get(path, params={k: v for k, v in query.items() if v is not None}))

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Send a command, with an idempotency key if it is given."""
        headers = {"Idempotency-Key": key} if key else None
        return _json(await self._http.post(path, json=body if body is not None else {}, headers=headers))

    async def patch(self, path: str, body: Any) -> Any:
        """Send a change."""
        return _json(await self._http.patch(path, json=body))

    async def put(self, path: str, body: Any) -> Any:
        """Replace something."""
        return _json(await self._http.put(path, json=body))

    async def download(self, path: str) -> bytes:
        """The bytes behind a path."""
        answer = await self._http.get(path)
        if answer.is_error:
            _json(answer)
        return answer.content

    async def operational(self, path: str) -> tuple[int, str, Mapping[str, str]]:
        """Status, text and headers of an operational route, whatever it answers."""
        answer = await self._http.get(path)
        return answer.status_code, answer.text, answer.headers

    async def upload(self, path: str, name: str, content: bytes, **query: Any) -> Any:
        """Send a file as a form."""
        return _json(await self._http.post(path, params=query, files={"file": (name, content)}))

    async def post_xml(self, path: str, content: bytes) -> Any:
        """Send an XML document."""
        return _json(await self._http.post(path, content=content, headers={"Content-Type": "application/xml"}))
