"""What all payloads have in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """A payload. `extra="ignore"`: a newer producer's optional field must not stop an older consumer."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    KINDS: ClassVar[tuple[str, ...]] = ()
    """The kinds (`intake.incident.reported.v1`) that carry this payload."""

    changed: list[str] = []
    """Names of the fields that this fact changed; empty for the first one."""
    actor_name: str | None = None
    """Display name of who did it, for timelines; the account is the envelope's `actorid`."""
    remark: str | None = None
    """What the person added: a reason, a note, a summary."""
