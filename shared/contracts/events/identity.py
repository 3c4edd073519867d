"""Facts of identity: accounts, without anything secret."""

from typing import ClassVar

from shared.contracts.events.base import Fact
from shared.kernel.access import Role


class AccountFact(Fact):
    """Sent by identity after every change of an account. Never carries a hash or a token."""

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"identity.account.{fact}.v1" for fact in ("created", "changed", "disabled")
    )

    id: str
    username: str
    name: str
    roles: list[Role] = []
    territory: str | None = None
    person_id: str | None = None
    unit_id: str | None = None
    disabled: bool = False
