"""The AsyncAPI 3.0 document: which facts exist, what is in them, who sends and who hears them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.contracts.envelope import Envelope
from shared.contracts.subjects import parse_fact
from shared.messaging.subscriptions import Subscription

_SITE = {"description": "Token of the home site, the only writer of the aggregate."}


def asyncapi_document(
    title: str,
    version: str,
    kinds: Mapping[str, type[BaseModel]],
    subscriptions: Iterable[Subscription] = (),
) -> dict[str, Any]:
    """The document as JSON.

    Args:
        title: of the document.
        version: of the software.
        kinds: `intake.incident.reported.v1` to the model of its `data`.
        subscriptions: who hears what.
    """
    models: list[type[BaseModel]] = [Envelope, *dict.fromkeys(kinds.values())]
    references, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    payloads = {kind: references[model, "validation"] for kind, model in kinds.items()}
    envelope = references[Envelope, "validation"]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": version},
        "defaultContentType": "application/json",
        "channels": {kind: _channel(kind) for kind in kinds},
        "operations": _operations(list(kinds), list(subscriptions)),
        "components": {
            "schemas": definitions.get("$defs", {}),
            "messages": {kind: _message(kind, envelope, payload) for kind, payload in payloads.items()},
        },
    }


def _channel(kind: str) -> dict[str, Any]:
    return {
        "address": f"evt.{{site}}.{kind}",
        "parameters": {"site": _SITE},
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"}},
    }


def _message(kind: str, envelope: Mapping[str, Any], payload: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": kind,
        "contentType": "application/json",
        "payload": {"allOf": [dict(envelope), {"type": "object", "properties": {"data": dict(payload)}}]},
    }


def _operations(kinds: Sequence[str], subscriptions: Sequence[Subscription]) -> dict[str, Any]:
    sending = {f"send.{kind}": _operation("send", kind) for kind in kinds}
    hearing = {
        f"receive.{kind}.{each.consumer}": _operation("receive", kind)
        for each in subscriptions
        for kind in kinds
        if any(_matches(pattern, kind) for pattern in each.kinds)
    }
    return sending | hearing


def _operation(action: str, kind: str) -> dict[str, Any]:
    message = {"$ref": f"#/channels/{kind}/messages/{kind}"}
    return {"action": action, "channel": {"$ref": f"#/channels/{kind}"}, "messages": [message]}


def _matches(pattern: str, kind: str) -> bool:
    """Whether a subscription's pattern hears this kind."""
    tokens = str(parse_fact(f"evt.any.{kind}")).split(".")[2:]
    parts = pattern.split(".")
    if parts[-1] == ">":
        parts, tokens = parts[:-1], tokens[: len(parts) - 1]
    return len(parts) == len(tokens) and all(part in ("*", token) for part, token in zip(parts, tokens, strict=True))
