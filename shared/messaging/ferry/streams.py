"""The streams that bundles fill here, and what they are called.

A far site's own log lies in `SITE_<site>`, what a centre hands on in `FERRY_<centre>`; both have the positions that
they have there.
"""

from nats.aio.client import Client

from shared.messaging.ferry.manifest import Stretch
from shared.messaging.js_api import call, log_of
from shared.messaging.names import ALL, VIEW, centre_stream, site_stream


async def site_of(admin: Client, fallback: str) -> str:
    """The site of a broker, which is its domain; `fallback` where others run it without one."""
    return str((await call(admin, "INFO")).get("domain") or fallback)


async def aggregate_of(admin: Client) -> str:
    """The stream that all services of this site read."""
    return ALL if (await log_of(admin, VIEW))[0] is None else VIEW


def stream_of(stretch: Stretch) -> str:
    """Where a stretch lies here."""
    return centre_stream(stretch.site) if stretch.everything else site_stream(stretch.site)


def heard_under(stretch: Stretch) -> str:
    """What subjects begin with, on their way here, of facts that are to be heard; site tokens are never capitals."""
    return f"ferry.ALL.{stretch.site}." if stretch.everything else "ferry."


def kept_under(stretch: Stretch) -> str:
    """Where a message has its place but is not heard."""
    return f"ferry.KEPT.{stream_of(stretch)}"


def lies_under(stretch: Stretch, site: str) -> str:
    """Where the facts of one site lie in the stream of the stretch."""
    return f"{heard_under(stretch)}{site}.>" if stretch.everything else f"evt.{site}.>"
