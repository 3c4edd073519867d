"""The built page: hashed files may be kept for ever, all others are asked for each time and answered 304."""

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.http.problem import problem

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "object-src 'none'"
)
"""Element Plus and MapLibre set style attributes and make workers of blobs; scripts come only from here."""

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK = "no-cache"
_PRESSABLE = (".js", ".css", ".html", ".svg", ".json", ".webmanifest", ".txt", ".map")
_WORTH_PRESSING = 1024
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".pmtiles": "application/octet-stream"}

_NOT_BUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>一张图:页面尚未构建</title>
<body style="font:16px/1.7 'Noto Sans SC','Microsoft YaHei',sans-serif;max-width:40em;margin:4em auto;padding:0 1em">
<h1>页面尚未构建</h1><p>服务已经启动,接口可用,但网页文件还没有生成。请在程序目录执行:</p>
<pre style="background:#eee;padding:1em;border-radius:6px">make web</pre><p>完成后刷新本页即可,不必重启服务。</p>"""


@dataclass(frozen=True, slots=True)
class _File:
    changed: tuple[int, int]
    body: bytes
    pressed: bytes | None
    etag: str
    media: str


class Pages:
    """Serves the folder of the built page; every other path of a browser is the page itself (its own routes)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._kept: dict[Path, _File] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(scope)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        path: str = scope["path"]
        if path == "/api" or path.startswith("/api/"):
            return problem(404, "request.not_found", instance=path)
        if scope["method"] not in {"GET", "HEAD"}:
            return problem(405, "request.method_not_allowed", instance=path)
        file = await asyncio.to_thread(self._find, path)
        if file is not None:
            return _respond(scope, file, path)
        if "." in path.rsplit("/", 1)[-1] or (self._folder / "index.html").is_file():
            return problem(404, "request.not_found", instance=path)
        return Response(_NOT_BUILT, 503, _headers("no-store"), media_type="text/html")

    def _find(self, path: str) -> _File | None:
        wanted = (self._folder / path.lstrip("/")).resolve()
        hidden = any(part.startswith(".") for part in wanted.parts[len(self._folder.parts) :])
        if not wanted.is_relative_to(self._folder) or hidden or "\0" in path:
            return None
        if not wanted.is_file():
            if "." in wanted.name and wanted != self._folder:
                return None
            wanted = self._folder / "index.html"
        return self._read(wanted)

    def _read(self, file: Path) -> _File | None:
        try:
            stat = file.stat()
            changed = (stat.st_mtime_ns, stat.st_size)
            kept = self._kept.get(file)
            if kept is None or kept.changed != changed:
                kept = self._kept[file] = _load(file, changed)
        except FileNotFoundError:
            return None
        return kept


def _load(file: Path, changed: tuple[int, int]) -> _File:
    body = file.read_bytes()
    worth = file.suffix in _PRESSABLE and len(body) >= _WORTH_PRESSING
    media = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    pressed = gzip.compress(body, 9, mtime=0) if worth else None
    return _File(changed, body, pressed, f'"{hashlib.sha256(body).hexdigest()[:32]}"', media)


def _respond(scope: Scope, file: _File, path: str) -> Response:
    asked = Headers(scope=scope)
    headers = _headers(_FOR_EVER if path.startswith("/assets/") else _ASK)
    headers["ETag"] = file.etag
    if file.pressed is not None:
        headers["Vary"] = "Accept-Encoding"
    if file.etag in asked.get("if-none-match", "").replace("W/", "").split(", "):
        return Response(status_code=304, headers=headers)
    body = file.body
    if file.pressed is not None and "gzip" in asked.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = file.pressed, "gzip"
    response = Response(body, 200, headers, media_type=file.media)
    if scope["method"] == "HEAD":
        response.body = b""  # the length stays that of the whole
    return response


def _headers(cache: str) -> dict[str, str]:
    return {"Cache-Control": cache, "Content-Security-Policy": CONTENT_POLICY}
