"""Ending the connections of edges that were removed: the broker itself only refuses their next one."""

import asyncio
import contextlib
from collections.abc import Collection

import orjson
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.messaging.connection import Credentials

log = structlog.get_logger(__name__)

_TRIES, _PAUSE_SECONDS = 10, 0.5


async def put_out(credentials: Credentials, present: Collection[str]) -> None:
    """End the leaf connections of every site that is not a member; a few tries, the reload may take a moment.

    Args:
        credentials: of the system account.
        present: tokens of the members.
    """
    options = {**credentials.options(), "max_reconnect_attempts": 2}
    client = Client()
    try:
        await client.connect(**options, error_cb=_ignore)
        for _ in range(_TRIES):
            await asyncio.sleep(_PAUSE_SECONDS)
            await _put_out_once(client, present)
    except (NatsError, OSError, TimeoutError) as error:
        log.warning("removed_edges_not_put_out", error=str(error))
    finally:
        with contextlib.suppress(NatsError, OSError):
            await client.close()


async def _put_out_once(client: Client, present: Collection[str]) -> None:
    answer = orjson.loads((await client.request("$SYS.REQ.SERVER.PING.LEAFZ", b"{}", timeout=2)).data)
    for leaf in answer["data"].get("leafs") or []:
        if leaf["name"] not in present:
            kick = f"$SYS.REQ.SERVER.{answer['server']['id']}.KICK"
            await client.request(kick, orjson.dumps({"cid": leaf["id"]}), timeout=2)
            log.info("edge_put_out", site=leaf["name"])


async def _ignore(_error: Exception) -> None:
    """What goes wrong is raised as well."""
