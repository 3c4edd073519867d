"""Whose word about a client's address is believed is the operator's decision."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.settings import load_settings
from tests.harness.hosting import hosted


@pytest.mark.parametrize(("trusted", "address"), [("127.0.0.1/32", "10.1.1.1"), ("192.0.2.1/32", "127.0.0.1")])
async def test_the_operator_says_which_proxies_are_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: str, address: str
) -> None:
    monkeypatch.setenv("YZT_TRUSTED_PROXIES", f"198.51.100.0/24, {trusted}")
    async with hosted(tmp_path, services=("identity",)) as app:
        client = app.anonymous()
        client.headers["X-Forwarded-For"] = "203.0.113.9, 10.1.1.1"
        await client.post("/api/session", json={"username": "nobody", "password": "wrong"})
        entries = (await (await app.admin()).get("/api/audit")).json()["items"]
        assert [entry["address"] for entry in entries if entry["action"] == "session_refused"] == [address]


def test_what_is_no_network_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YZT_TRUSTED_PROXIES", "everybody")
    with pytest.raises(ValidationError, match="everybody"):
        load_settings()
