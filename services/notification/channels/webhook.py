"""A gateway for short messages or voice, reached over HTTP at the one address that the operator has configured."""

import asyncio
import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import orjson

from services.notification.channels.call import Call, Outcome
from shared.kernel.clock import Clock, wire_time

_TRY_AGAIN = frozenset({408, 425, 429})


class Webhook:
    """Posts a signed JSON document.

    The address comes from the operator alone, never from data; redirects are not followed, proxies of the
    environment are not used, and of the answer only the status is read, so a call cannot be turned against the
    inner network.

    Headers: `X-Yizhangtu-Delivery` (drop it if known), `X-Yizhangtu-Timestamp` (seconds since 1970) and
    `X-Yizhangtu-Signature`: `sha256=` and the hexadecimal HMAC-SHA256 of timestamp, full stop and body.
    """

    def __init__(self, url: str, secret: str, clock: Clock, timeout: timedelta) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("YZT_WEBHOOK_URL 应为 http:// 或 https:// 开头的完整地址")
        if not secret:
            raise ValueError("设置了 YZT_WEBHOOK_URL 就必须设置 YZT_WEBHOOK_SECRET,接收方靠它核对签名")
        self._url = url
        self._secret = secret.encode()
        self._clock = clock
        self._seconds = timeout.total_seconds()

    async def send(self, call: Call) -> Outcome:
        body = orjson.dumps(_document(call))
        try:
            # httpx counts its timeout for each phase anew; this one is for all of it.
            async with asyncio.timeout(self._seconds):
                return _outcome(await self._post(body, self._headers(call, body)))
        except (TimeoutError, httpx.TimeoutException):
            return Outcome.temporary("timeout")
        except httpx.UnsupportedProtocol:
            return Outcome.permanent("unsupported_protocol")
        except httpx.HTTPError as error:
            return Outcome.temporary(type(error).__name__)

    async def _post(self, body: bytes, headers: dict[str, str]) -> int:
        async with (
            httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=self._seconds) as client,
            client.stream("POST", self._url, content=body, headers=headers) as answer,
        ):
            return answer.status_code

    def _headers(self, call: Call, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock.now().timestamp()))
        signature = hmac.new(self._secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "yizhangtu",
            "X-Yizhangtu-Delivery": call.delivery_id,
            "X-Yizhangtu-Timestamp": timestamp,
            "X-Yizhangtu-Signature": f"sha256={signature}",
        }


def _outcome(status: int) -> Outcome:
    detail = f"http_{status}"
    if 200 <= status < 300:
        return Outcome.accepted(detail)
    if status in _TRY_AGAIN or status >= 500:
        return Outcome.temporary(detail)
    return Outcome.permanent(detail)


def _document(call: Call) -> dict[str, object]:
    return {
        "delivery_id": call.delivery_id,
        "notification_id": call.notification_id,
        "kind": call.kind.value,
        "exercise": call.exercise,
        "text": call.text,
        "title": call.title,
        "incident_id": call.incident_id,
        "incident_number": call.incident_number,
        "person": {"id": call.person_id, "name": call.person_name, "phone": call.phone, "account": call.account},
        "post": call.post and call.post.value,
        "step": call.step,
        "site": call.site,
        "created_at": wire_time(call.created_at),
    }
