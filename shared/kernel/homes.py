"""The home of a thing: the one site that writes it (design rule 3). Everybody else asks."""

from typing import Final

from shared.kernel.district import townships
from shared.kernel.errors import Conflict

HUB: Final = "hub"
"""The site of the district's centre: it knows every other site's facts, so what is found between sites is its own."""
_HUB_NAME = "区指挥中心"


def site_name(site: str) -> str:
    """The Chinese name of a site: a township's, the centre's, else its token."""
    if site == HUB:
        return _HUB_NAME
    return next((township.name for township in townships() if township.token == site), site)


def require_home(home_site: str, here: str) -> None:
    """Refuse a command on a thing that another site writes.

    Raises:
        Conflict: `home.elsewhere`, naming the site that may be asked.
    """
    if home_site != here:
        raise Conflict("home.elsewhere", site=home_site, site_name=site_name(home_site))
