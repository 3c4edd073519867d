"""What a test looks at inside a site's own broker, run as a process of the site's namespace.

`python -m tests.harness.broker_side dump DATA STREAM` prints one JSON line a message;
`… facts DATA STREAM…` prints every fact whole, with its stream and sequence;
`… watch DATA STREAM SITE COUNT` tells when the first and when so many of a site's intake facts were stored there;
`… skip DATA STREAM DURABLE` lets the broker count all that the durable has not delivered yet as delivered;
`… flood DATA SITE MESSAGES BYTES THINGS` publishes readings, up to 2,000 a second, and prints each second the moment,
the readings and the bytes that it has handed to the broker so far.
"""

import asyncio
import sys
import time
from pathlib import Path

import orjson
from nats.aio.client import Client

from shared.messaging.access import FERRY, PROVISION
from shared.messaging.connection import Credentials
from shared.messaging.js_api import call
from shared.messaging.keys import Keyring
from shared.messaging.reading import reading


async def _connected(data: Path, user: str) -> Client:
    port = orjson.loads((data / "nats" / "ports.json").read_bytes())["client"]
    credentials = Credentials(f"nats://127.0.0.1:{port}", user, Keyring(data / "nats" / "keys").seed("REAL", user))
    client = Client()
    await client.connect(**credentials.options())
    return client


async def dump(data: Path, stream: str) -> None:
    client = await _connected(data, "operational_picture")
    seq = 0
    async with reading(client, stream) as reader:
        while found := await reader.after(seq, 1000):
            for each in found:
                fact = orjson.loads(each.body)
                line = [each.seq, each.subject, fact["id"], fact["subject"], fact["aggregateversion"]]
                print(orjson.dumps(line).decode())
            seq = found[-1].seq
    await client.close()


async def facts(data: Path, *streams: str) -> None:
    client = await _connected(data, FERRY)  # who alone may read the streams of sites
    for stream in streams:
        seq = 0
        async with reading(client, stream) as reader:
            while found := await reader.after(seq, 1000):
                for each in found:
                    print(orjson.dumps([stream, each.seq, orjson.loads(each.body)]).decode())
                seq = found[-1].seq
    await client.close()


async def skip(data: Path, stream: str, durable: str) -> None:
    client = await _connected(data, PROVISION)
    await _something_waits(client, stream, durable)
    last = int((await call(client, f"STREAM.INFO.{stream}"))["state"]["last_seq"])
    await call(client, f"CONSUMER.RESET.{stream}.{durable}", {"seq": last + 1})
    await client.close()


async def _something_waits(client: Client, stream: str, durable: str) -> None:
    """Until the broker has given the link up, what is said goes into its socket and only comes late."""
    for _ in range(600):
        state = await call(client, f"CONSUMER.INFO.{stream}.{durable}")
        if state["num_pending"]:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError(f"{durable} of {stream} has delivered everything: nothing could be lost")


async def watch(data: Path, stream: str, site: str, count: int) -> None:
    client = await _connected(data, "operational_picture")
    subscription = await client.subscribe(f"{stream.lower()}.evt.{site}.intake.>")
    await client.flush()
    print("ready", flush=True)
    for number in range(1, count + 1):
        await subscription.next_msg(timeout=600)
        if number in {1, count}:
            print(time.monotonic(), flush=True)
    await client.close()


async def flood(data: Path, site: str, messages: int, size: int, things: int) -> None:
    client = await _connected(data, "resource_dispatch")
    body = orjson.dumps({"lon": 116.3, "lat": 39.6, "at": "2026-07-01T08:30:00Z", "more": "x" * size})
    told, sent = 0.0, 0
    for number in range(messages):
        subject = f"tel.{site}.unit.u{number % things}"
        await client.publish(subject, body)
        sent += len(subject) + len(body)
        if number % 200 == 0:
            await client.flush()
            if time.monotonic() - told >= 1:
                told = time.monotonic()
                print(orjson.dumps([told, number + 1, sent]).decode(), flush=True)
            await asyncio.sleep(0.1)
    await client.flush()
    await client.close()


def main() -> None:
    match sys.argv[1:]:
        case ["dump", data, stream]:
            asyncio.run(dump(Path(data), stream))
        case ["facts", data, *streams]:
            asyncio.run(facts(Path(data), *streams))
        case ["skip", data, stream, durable]:
            asyncio.run(skip(Path(data), stream, durable))
        case ["watch", data, stream, site, count]:
            asyncio.run(watch(Path(data), stream, site, int(count)))
        case ["flood", data, site, messages, size, things]:
            asyncio.run(flood(Path(data), site, int(messages), int(size), int(things)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
