"""What the API shows of commands of a post."""

from typing import Any

from services.resource_dispatch.store.command import F, Held
from shared.contracts.events.command import CommandPostFact
from shared.kernel.access import Action, Actor

_HIDDEN = {"changed", "actor_name", "remark", "reported_team", "answered_by", "answer"}


def view(held: Held[F]) -> dict[str, Any]:
    """The record as the API shows it."""
    return {**held.state.model_dump(mode="json", exclude=_HIDDEN), "version": held.version}


def post_view(held: Held[CommandPostFact], actor: Actor) -> dict[str, Any]:
    """The post; the telephones of its groups only for those who command there."""
    shown = view(held)
    phones = held.private.get("phones", {}) if actor.may(Action.COMMAND_WRITE) else {}
    groups = [{**group, "phone": phones.get(group["id"])} for group in shown["groups"]]
    return {**shown, "groups": groups}
