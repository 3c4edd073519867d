"""The floor under every accepted report: one SQLite commit, alone, in a process that does nothing else.

`python -m bench.floors.commit '{"folder": …, "count": …, "size": …}'` prints the times as one line of JSON.
"""

import os
import sys
import time
from pathlib import Path

import orjson

from bench.floors.store import commit_one, open_store


def main() -> None:
    spec = orjson.loads(sys.argv[1])
    connection = open_store(Path(spec["folder"]) / "commit.db")
    millis = []
    for _ in range(spec["count"]):
        body = os.urandom(spec["size"])
        started = time.perf_counter()
        commit_one(connection, body)
        millis.append((time.perf_counter() - started) * 1000)
    sys.stdout.buffer.write(orjson.dumps({"millis": millis}) + b"\n")


if __name__ == "__main__":
    main()
