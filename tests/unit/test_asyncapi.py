"""The AsyncAPI document names every fact, its payload, its sender and its hearers."""

from pydantic import BaseModel

from shared.contracts.envelope import Envelope
from shared.messaging.asyncapi import asyncapi_document
from shared.messaging.subscriptions import Subscription

REPORTED = "intake.incident.reported.v1"
MOVED = "dispatch.unit.moved.v1"


class Reported(BaseModel):
    title: str


class Moved(BaseModel):
    unit_id: str


async def ignore(_: Envelope) -> None:
    return


def test_every_fact_has_a_channel_a_message_and_its_hearers() -> None:
    subscription = Subscription("notification__on_incident", ("intake.incident.*.v1",), ignore)
    document = asyncapi_document("一张图", "1.0", {REPORTED: Reported, MOVED: Moved}, [subscription])
    assert document["asyncapi"] == "3.0.0"
    assert document["channels"][REPORTED]["address"] == "evt.{site}.intake.incident.reported.v1"
    assert set(document["operations"]) == {
        f"send.{REPORTED}",
        f"send.{MOVED}",
        f"receive.{REPORTED}.notification__on_incident",
    }
    envelope, data = document["components"]["messages"][REPORTED]["payload"]["allOf"]
    assert envelope == {"$ref": "#/components/schemas/Envelope"}
    assert data["properties"]["data"] == {"$ref": "#/components/schemas/Reported"}
    assert set(document["components"]["schemas"]) >= {"Envelope", "Reported", "Moved"}


def test_every_reference_in_the_document_leads_somewhere() -> None:
    document = asyncapi_document("一张图", "1.0", {REPORTED: Reported, MOVED: Moved})

    def check(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                target: object = document
                for part in str(node["$ref"]).removeprefix("#/").split("/"):
                    assert isinstance(target, dict)
                    target = target[part]
            for value in node.values():
                check(value)
        elif isinstance(node, list):
            for value in node:
                check(value)

    check(document)
