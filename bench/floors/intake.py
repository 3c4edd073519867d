"""The floor under intake's throughput: granian, a bare ASGI application, JSON parsed, one insert through group commit.

`python -m bench.floors.intake '{"folder": …, "port": …}'` serves until it is terminated.
"""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import orjson
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from bench.floors.store import GroupCommit

_HEADERS = [(b"content-type", b"application/json")]


async def serve(spec: dict[str, Any]) -> None:
    store = GroupCommit(Path(spec["folder"]) / "intake.db")

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        report = orjson.loads(body)
        await store.write(orjson.dumps(report))
        answer = orjson.dumps({"title": report["title"]})
        length = (b"content-length", str(len(answer)).encode())
        await send({"type": "http.response.start", "status": 201, "headers": [*_HEADERS, length]})
        await send({"type": "http.response.body", "body": answer})

    server = Server(app, "127.0.0.1", spec["port"], interface=Interfaces.ASGI, log_level=LogLevels.error)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(serve(orjson.loads(sys.argv[1])))
