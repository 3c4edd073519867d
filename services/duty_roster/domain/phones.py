"""Phone numbers as people write them."""

import re
import unicodedata

_PHONE = re.compile(r"^\+?\d[\d ()-]{2,24}(转\d{1,6})?$")


def normal_phone(text: str) -> str | None:
    """The number with half-width digits and single dashes, or None if it is no phone number."""
    plain = re.sub(r"[‐-―−]", "-", unicodedata.normalize("NFKC", text))
    compact = re.sub(r"\s+", " ", plain).strip()
    return compact if _PHONE.match(compact) else None
