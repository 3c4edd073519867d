"""What an operator may configure about logging in; every limit names where it comes from."""

from dataclasses import dataclass
from datetime import timedelta

from shared.kernel.limits import Limit

_ASVS = "OWASP ASVS 5.0"
_MLPS = "GB/T 22239-2019 三级 安全计算环境 身份鉴别:登录失败处理、会话超时;具体数值由本单位确定"


@dataclass(frozen=True, slots=True)
class PasswordProfile:
    """What a new password must be. No composition rules: they make passwords worse (ASVS 6.2.5).

    Args:
        min_score: of zxcvbn, 0 to 4; 3 withstands about 10^8 guesses.
    """

    min_length: Limit[int] = Limit(10, f"{_ASVS} 6.2.1 要求不少于 8 位,本单位取 10 位")
    max_length: Limit[int] = Limit(128, f"{_ASVS} 6.2.9 要求至少允许 64 位")
    min_score: Limit[int] = Limit(3, "zxcvbn 3 分:约 10^8 次猜测仍安全")


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long a login lasts."""

    idle: Limit[timedelta] = Limit(timedelta(hours=12), "覆盖一个值班班次,值班中途不应被登出")
    absolute: Limit[timedelta] = Limit(timedelta(hours=24), f"{_ASVS} 7.3.2 要求有绝对时限;交接班后须重新登录")
    touch_every: timedelta = timedelta(minutes=1)
    """How exactly the last use is remembered: writing it at each request would make every read a commit."""


@dataclass(frozen=True, slots=True)
class LockoutPolicy:
    """When an account stops taking passwords for a while."""

    failures: Limit[int] = Limit(5, _MLPS)
    duration: Limit[timedelta] = Limit(timedelta(minutes=15), _MLPS)


@dataclass(frozen=True, slots=True)
class IdentityConfig:
    """All of it. Memory and passes of Argon2id are OWASP's (47,104 KiB, 1 pass): two at once fit an edge machine."""

    password: PasswordProfile = PasswordProfile()
    session: SessionPolicy = SessionPolicy()
    lockout: LockoutPolicy = LockoutPolicy()
    failures_per_minute: Limit[int] = Limit(10, "每个来源地址;只计失败的登录,交接班时多人同时登录不受影响")
    keep_sessions: Limit[timedelta] = Limit(timedelta(days=180), "《网络安全法》第二十一条:网络日志留存不少于六个月")
    trusted_proxies: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks whose `X-Forwarded-For` is believed; from elsewhere anybody could claim any address."""
    argon2_memory_kib: int = 47_104
    argon2_passes: int = 1
