"""Single edits of what a site keeps about people, shifts and units, told to the audit book as a table is told whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from shared.contracts.events.acts import Act, Detail
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.storage.system import append_facts

_NO_CONTENT = frozenset({"version", "hints"})


@dataclass(frozen=True, slots=True)
class Edit:
    """Who changed one thing, and what it was before.

    Args:
        target: its name, as an auditor knows it.
        before: as it was; nothing for a new one.
        told: more about it; never personal data of the public.
    """

    act: Act
    actor: Actor
    target: str
    now: datetime
    before: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Detail] = field(default_factory=dict)


def tell_edit(connection: Connection, deps: Deps, context: str, edit: Edit, after: dict[str, Any]) -> dict[str, Any]:
    """Put the edit into the book, in the transaction that made it: which fields, not what is in them. Gives `after`.

    What changed nothing is no edit.
    """
    shared = edit.before.keys() & after.keys() - _NO_CONTENT
    changed = sorted(name for name in shared if edit.before[name] != after[name])
    if edit.before and not changed:
        return after
    detail: dict[str, Detail] = {**edit.told, **({"changed": ",".join(changed)} if changed else {})}
    append_facts(connection, deps.acted(context, edit.act, edit.actor, now=edit.now, target=edit.target, detail=detail))
    return after
