"""What the bureau decides about its duty: read, and replaced as a whole by whoever plans it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.duty_roster.schemas.settings import SettingCommand
from services.duty_roster.store.settings import Setting, find_setting, keep_setting
from shared.contracts.events.acts import Act
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict
from shared.storage.system import append_facts


@dataclass(frozen=True, slots=True)
class Kept:
    """One sort of decision.

    Args:
        name: in the store and for the audit book.
        usual: what holds until somebody decides.
        shown: the body as it is answered, with labels.
    """

    name: str
    usual: dict[str, Any]
    shown: Callable[[dict[str, Any]], dict[str, Any]] = dict

    def body(self, connection: Connection) -> dict[str, Any]:
        """What holds now."""
        found = find_setting(connection, self.name)
        return self.usual if found is None else dict(found.body)

    def show(self, connection: Connection) -> dict[str, Any]:
        """What holds now, with its version and who decided it."""
        found = find_setting(connection, self.name) or Setting(self.usual)
        return {
            **self.shown(dict(found.body)),
            "version": found.version,
            "updated_at": found.updated_at and wire_time(found.updated_at),
            "updated_by": found.updated_by,
        }

    def change(
        self, connection: Connection, deps: Deps, actor: Actor, command: SettingCommand, now: datetime
    ) -> dict[str, Any]:
        """Replace it.

        Raises:
            Conflict: `duty_setting.changed`, with the present one as `current`.
        """
        before = find_setting(connection, self.name)
        version = before.version if before else 0
        if command.version is not None and command.version != version:
            raise Conflict("duty_setting.changed", current=self.show(connection))
        body = command.model_dump(mode="json", exclude={"version"})
        keep_setting(connection, self.name, Setting(body, version + 1, now, actor.name))
        told = deps.acted(
            "roster", Act.DUTY_SETTING_CHANGED, actor, now=now, target=self.name, detail={"version": version + 1}
        )
        append_facts(connection, told)
        return self.show(connection)
