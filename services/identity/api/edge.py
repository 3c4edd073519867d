"""What a login needs to know of the connection: the client's address, and whether the browser came over TLS."""

from ipaddress import ip_address, ip_network

from fastapi import Request, Response

from services.identity.domain.policy import IdentityConfig
from services.identity.handlers.audit import Origin
from shared.http.auth import COOKIE, SECURE_COOKIE

_MAX_ADDRESS = 64


def origin_of(request: Request, config: IdentityConfig) -> Origin:
    """Where the request comes from; behind a trusted proxy, the last address that the proxy names."""
    address = request.client.host if request.client else "unknown"
    if _is_trusted(address, config):
        forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        address = forwarded or address
    return Origin(address[:_MAX_ADDRESS], request.headers.get("user-agent", ""))


def _is_trusted(address: str, config: IdentityConfig) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(network) for network in config.trusted_proxies)


def set_cookie(request: Request, response: Response, token: str, max_age: int) -> None:
    """Give the token to a browser. `__Host-` demands Secure, which browsers do not send over plain http.

    A forwarded `https` is believed from anybody: it can only make the cookie stricter.
    """
    secure = "https" in {request.url.scheme, request.headers.get("x-forwarded-proto", "").lower()}
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        token,
        max_age=max_age,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def clear_cookies(response: Response) -> None:
    """Take both spellings of the cookie back."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    response.delete_cookie(SECURE_COOKIE, secure=True, httponly=True, samesite="strict")
