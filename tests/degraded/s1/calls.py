"""叫应 as far as it reaches today: the heads of the townships are called by hand, each call with its answer."""

from typing import Any

from tests.degraded.s1.ledger import Ledger, until
from tests.degraded.s1.people import TOWNSHIPS, Cast


async def call_heads(ledger: Ledger, cast: Cast, tokens: tuple[str, ...], title: str) -> dict[str, str]:
    """One call for each head, so that each has an answer of its own; ids by township."""
    return {token: await _call(ledger, cast.heads[token], f"{title}:{TOWNSHIPS[token].name}") for token in tokens}


async def _call(ledger: Ledger, person: str, title: str) -> str:
    client = ledger.clients["hub"]

    async def is_known() -> bool:
        # Notification hears of people from the roster's facts, a moment after they were brought in.
        body = {"title": title, "person_ids": [person]}
        answer = await client.post("/api/notifications", json=body)
        if answer.status_code == 422 and answer.json()["code"] == "notification.person_unknown":
            return False
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["id"])
        return True

    made: list[str] = []
    await until("notification knows the head", is_known)
    return made[0]


async def answered(ledger: Ledger, cast: Cast, calls: dict[str, str]) -> None:
    """They answer by telephone, the desk records it; afterwards the receipt of each stands in the list."""
    for token, call in calls.items():
        body = {"on_behalf_of": cast.heads[token], "phone_answer": True, "note": "收到"}
        await ledger.ask("hub", f"/api/notifications/{call}/ack", body)
    for token, call in calls.items():
        seen = await ledger.get("hub", f"/api/notifications/{call}")
        assert (seen["state"], seen["on_behalf_of"]) == ("acknowledged", cast.heads[token])
        assert seen["phone_answer"]


async def called_again(ledger: Ledger, calls: dict[str, str]) -> None:
    """Who does not answer is called again, with every try on record."""

    async def again() -> bool:
        seen = [await ledger.get("hub", f"/api/notifications/{call}") for call in calls.values()]
        return all(one["step"] == 1 and _rounds(one) == {0, 1} for one in seen)

    await until("whoever did not answer is called again", again)


def _rounds(call: dict[str, Any]) -> set[int]:
    return {target["step"] for target in call["targets"]}
