"""The key of what browsers keep: one for each account, the same at each login, for nobody without a session."""

import base64
from pathlib import Path

from tests.harness.hosting import hosted
from tests.integration.test_identity_login import GOOD, ONLY, add, log_in


async def test_the_key_is_of_the_account_and_outlives_sessions_and_passwords(
    tmp_path: Path, store_url: str | None
) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        account = await add(app, "zhiban")
        await add(app, "daiban")
        keys = []
        for username in ("zhiban", "zhiban", "daiban"):
            client = app.anonymous()
            await log_in(client, GOOD, username)
            answer = await client.get("/api/session/page-key")
            assert answer.headers["cache-control"] == "no-store"
            keys.append(answer.json()["key"])
        assert len(base64.b64decode(keys[0])) == 32
        assert keys[0] == keys[1] != keys[2]

        reset = await (await app.admin()).post(f"/api/accounts/{account['id']}/reset-password")
        client = app.anonymous()
        one_time = reset.json()["password"]
        await log_in(client, one_time, "zhiban")
        change = {"current": one_time, "new": "another horse battery"}
        assert (await client.post("/api/session/password", json=change)).status_code == 204
        assert (await client.get("/api/session/page-key")).json()["key"] == keys[0]
        assert (await app.anonymous().get("/api/session/page-key")).status_code == 401
