"""What the site shows to a browser that does not trust it yet: how to install the root, and where HTTPS is."""

import html
import re
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from services.tls.authority import TlsFiles, fingerprint

ROOT_PATH = "/ca.crt"
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]{1,253})(:\d{1,5})?")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
_PAGE = (Path(__file__).parent / "ca.html").read_text("utf-8")
_MISSING = (
    "<p class='warn'>本站没有自己的根证书:还没有执行 yizhangtu tls init,或使用的是别处签发的证书。请联系运维。</p>"
)


def ca_router(files: TlsFiles) -> APIRouter:
    """`/ca` and the root's file: open to everybody, since nobody can log in safely before having it."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ca")
    async def page(request: Request) -> Response:
        """How to install the root certificate."""
        return ca_page(files, f"https://{_host(request)}/")

    @router.get(ROOT_PATH)
    async def root() -> Response:
        """The root certificate, in the form that all systems open."""
        return _root_file(files)

    return router


class PlainPort:
    """All that is answered without HTTPS: the way to the right address, and the root certificate.

    Args:
        port: of HTTPS.
    """

    def __init__(self, files: TlsFiles, port: int) -> None:
        self._files, self._port = files, port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            # Whoever sends a password or a report here has sent it in clear: say so, and take nothing.
            return Response("请改用 https:// 网址", 403, _HEADERS, media_type="text/plain; charset=utf-8")
        if request.url.path == ROOT_PATH:
            return _root_file(self._files)
        host = re.sub(r":\d+$", "", _host(request))
        return ca_page(self._files, f"https://{host}{'' if self._port == 443 else f':{self._port}'}/")


def ca_page(files: TlsFiles, url: str) -> Response:
    """The page that explains how to install the root certificate and leads to `url`."""
    found = files.root.is_file()
    parts = {
        "@URL@": html.escape(url),
        "@NOTE@": "" if found else _MISSING,
        "@FINGERPRINT@": fingerprint(files.root) if found else "无",
    }
    text = re.sub("|".join(parts), lambda match: parts[match[0]], _PAGE)
    return HTMLResponse(text, headers=_HEADERS)


def _root_file(files: TlsFiles) -> Response:
    if not files.root.is_file():
        return Response("没有根证书", 404, _HEADERS, media_type="text/plain; charset=utf-8")
    name = {"Content-Disposition": 'attachment; filename="yizhangtu-ca.crt"'}
    return Response(files.root.read_bytes(), 200, {**_HEADERS, **name}, media_type="application/x-x509-ca-cert")


def _host(request: Request) -> str:
    """The host as the browser called it; nothing but a name or address is ever echoed."""
    called = request.headers.get("host", "")
    return called if _HOST.fullmatch(called) else "localhost"
