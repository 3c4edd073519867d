"""响应启动、调整、结束 (突发事件应对法 §71–72, §86): four things must be said, at the highest levels who decided."""

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


def require_end_after(step: ActivationStep) -> None:
    """Refuse an expected end that has passed already.

    Raises:
        Invalid: `activation.until_passed`.
    """
    if step.expected_until <= step.at:
        raise Invalid("activation.until_passed", faults=(FieldFault("/expected_until", "activation.until_passed"),))


def require_active(activation: ActivationFact) -> None:
    """Refuse a change of a response that has ended.

    Raises:
        Conflict: `activation.ended`.
    """
    if activation.state is ActivationState.ENDED:
        raise Conflict("activation.ended", matter=activation.matter)
