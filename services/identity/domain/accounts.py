"""What makes an account sound: its name, and what its roles need."""

import re
import unicodedata
from collections.abc import Collection

from shared.kernel.access import Role
from shared.kernel.district import townships
from shared.kernel.errors import FieldFault

_USERNAME = re.compile(r"^[a-z0-9\u4e00-\u9fff][a-z0-9._@\u4e00-\u9fff-]{1,39}$")


def normal_username(text: str) -> str:
    """The one spelling of a username: NFKC, lower case, so that all ways to type it find one account."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def username_faults(username: str) -> tuple[FieldFault, ...]:
    """Faults of a normalised username: 2 to 40 letters, digits, Chinese characters, and `. _ - @` inside."""
    return () if _USERNAME.match(username) else (FieldFault("/username", "account.username_invalid"),)


def binding_faults(roles: Collection[Role], territory: str | None, unit_id: str | None) -> tuple[FieldFault, ...]:
    """Faults of what the roles are bound to: a township for a territory officer, a unit for a team leader."""
    faults = []
    if Role.TERRITORY_OFFICER in roles and territory is None:
        faults.append(FieldFault("/territory", "account.territory_required"))
    if territory is not None and territory not in {township.code for township in townships()}:
        faults.append(FieldFault("/territory", "account.territory_unknown"))
    if Role.TEAM_LEADER in roles and unit_id is None:
        faults.append(FieldFault("/unit_id", "account.unit_required"))
    return tuple(faults)
