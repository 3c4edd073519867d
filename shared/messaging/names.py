"""Names of streams and delivery subjects: `SITE_<s>` → `ALL` (hub) → `VIEW` (each edge)."""

from typing import Final

ALL: Final = "ALL"
"""The aggregate stream of the hub: no subjects, only sources."""

VIEW: Final = "VIEW"
"""The aggregate stream of an edge: its own facts at once, the others' when there is a link."""

DLQ: Final = "DLQ"
"""Dead letters and what a person sent back from there."""

MENDED: Final = "MENDED"
"""Facts of other sites that were lost on their way here and fetched once more; the aggregate sources from it."""

REAL: Final = "REAL"
DRILL: Final = "DRILL"


def account(*, exercise: bool) -> str:
    """The broker account; nothing crosses from one to the other."""
    return DRILL if exercise else REAL


def site_stream(site: str) -> str:
    """The site's own facts, written by its relays only."""
    return f"SITE_{site}"


def centre_stream(centre: str) -> str:
    """What a centre hands on of all sites, where it comes on a stick."""
    return f"FERRY_{centre}"


def is_ferried(source: str) -> bool:
    """Whether an aggregate's source on the same broker may be one that bundles fill."""
    return source.startswith(("SITE_", "FERRY_"))


def mended_subject(site: str, subject: str) -> str:
    """Under which a site stores a fact that it fetched; `subject` begins with `evt.`."""
    return f"mended.{site}.{subject.removeprefix('evt.')}"


def telemetry_stream(site: str) -> str:
    """The latest reading of each thing of the site, in memory."""
    return f"TEL_{site}"


def republished(aggregate: str) -> str:
    """What the subjects of an aggregate stream's messages begin with when the broker tells them to followers."""
    return aggregate.lower()


def deliver_prefix(stream: str, consumer: str) -> str:
    """A push consumer delivers to this prefix and one changing token."""
    return f"deliver.{stream}.{consumer}"
