"""Deadlines and thresholds: configuration with a source, never a bare number (design rule 8)."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limit(Generic[T]):
    """One configurable limit.

    Args:
        value: the limit itself.
        basis: where it comes from: law and article, an ordinance, or why it was chosen.
        verified: whether the bureau has checked it against the original; unverified ones are never shown as the law's.
    """

    value: T
    basis: str
    verified: bool = False
