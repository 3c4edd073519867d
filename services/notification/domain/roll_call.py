"""Which call-out belongs to which unit of a roll call."""

_PREFIX = "roll_call"


def roll_call_key(roll_call_id: str, unit: str) -> str:
    """What makes the call-out of this unit one."""
    return f"{_PREFIX}:{roll_call_id}:{unit}"


def roll_call_of(dedupe_key: str) -> tuple[str, str] | None:
    """The roll call and the unit that a call-out is for; None for any other."""
    prefix, _, rest = dedupe_key.partition(":")
    roll_call_id, _, unit = rest.partition(":")
    return (roll_call_id, unit) if prefix == _PREFIX and unit else None
