"""响应启动、调整、结束 (突发事件应对法 §71–72, §86): four things must be said, at the highest levels who decided."""

from datetime import datetime

from services.resource_dispatch.domain.command.ahead import MOST_AHEAD
from shared.contracts.events.command import ActivationFact, ActivationState, ActivationStep
from shared.contracts.levels import ResponseLevel
from shared.kernel.errors import Conflict, FieldFault, Invalid
from shared.kernel.limits import Limit

NEEDS_AUTHORITY = Limit(
    frozenset({ResponseLevel.LEVEL_1, ResponseLevel.LEVEL_2}), "一、二级响应由上级决定后区里执行,自定,待局方确认"
)


def require_authority(level: ResponseLevel, reference: str | None) -> None:
    """Refuse one of the two highest levels without saying who decided it.

    Raises:
        Invalid: `activation.authority_required`.
    """
    if level in NEEDS_AUTHORITY.value and not reference:
        fault = FieldFault("/authority_reference", "activation.authority_required")
        raise Invalid("activation.authority_required", faults=(fault,))


def require_end_after(step: ActivationStep, now: datetime) -> None:
    """Refuse an expected end that has passed already, or so far away that the date is typed wrong.

    Raises:
        Invalid: `activation.until_passed`, `activation.until_too_far`.
    """
    code = None
    if step.expected_until <= step.at:
        code = "activation.until_passed"
    elif step.expected_until > now + MOST_AHEAD.value:
        code = "activation.until_too_far"
    if code is not None:
        raise Invalid(code, faults=(FieldFault("/expected_until", code),))


def require_active(activation: ActivationFact) -> None:
    """Refuse a change of a response that has ended.

    Raises:
        Conflict: `activation.ended`.
    """
    if activation.state is ActivationState.ENDED:
        raise Conflict("activation.ended", matter=activation.matter)
