"""Collects what was wrong with a document, so that nothing is left out in silence."""

from services.incident_intake.cap.xml_tree import Node
from services.incident_intake.domain.cap_alert import CapFault

MAX_FAULTS = 200
MAX_REFUSALS = 1_000
_MAX_VALUE = 200


class FaultList:
    """The faults of one document; beyond `MAX_FAULTS` (refusals: `MAX_REFUSALS`) only their number is kept."""

    def __init__(self) -> None:
        self.alert: int | None = None
        self._faults: list[CapFault] = []
        self._left_out = 0

    def add(self, code: str, node: Node, *, refused: bool = False, **params: str | float) -> None:
        """Name a fault of the alert that is being read; long values are cut, they are there to be recognised."""
        if len(self._faults) >= (MAX_REFUSALS if refused else MAX_FAULTS):
            self._left_out += 1
            return
        short = {key: value[:_MAX_VALUE] if isinstance(value, str) else value for key, value in params.items()}
        self._faults.append(
            CapFault(alert=self.alert, pointer=node.pointer, line=node.line, code=code, params=short, refused=refused)
        )

    def finish(self, root: Node) -> tuple[CapFault, ...]:
        """All faults, the last one telling how many more there were."""
        self.alert = None
        left_out = CapFault(
            alert=None, pointer=root.pointer, line=root.line, code="cap.more_faults", params={"count": self._left_out}
        )
        return (*self._faults, left_out) if self._left_out else tuple(self._faults)
