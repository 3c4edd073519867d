"""Whether a new password is good enough."""

from services.identity.domain.policy import PasswordProfile
from shared.kernel.errors import FieldFault


def password_faults(password: str, username: str, score: int, profile: PasswordProfile) -> tuple[FieldFault, ...]:
    """Every reason against the password; empty when it is good.

    Args:
        score: what zxcvbn gave it, 0 to 4.
    """
    faults = []
    if len(password) < profile.min_length.value:
        faults.append(FieldFault("/password", "password.too_short", min=profile.min_length.value))
    if len(password) > profile.max_length.value:
        faults.append(FieldFault("/password", "password.too_long", max=profile.max_length.value))
    if username in password.casefold():
        faults.append(FieldFault("/password", "password.contains_username"))
    if score < profile.min_score.value:
        faults.append(FieldFault("/password", "password.guessable"))
    return tuple(faults)
