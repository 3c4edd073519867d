"""Every setting, and the only reader of the environment: `YZT_<NAME>`, or `YZT_<NAME>_FILE` for secrets in files."""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.kernel.ids import is_token

SERVICES = (
    "identity",
    "incident_intake",
    "resource_dispatch",
    "duty_roster",
    "information_reporting",
    "notification",
    "operational_picture",
)
"""All services, in the order in which they are started."""


class Settings(BaseSettings):
    """What an operator decides. Command-line options win over the environment."""

    model_config = SettingsConfigDict(env_prefix="YZT_", extra="ignore", frozen=True)

    data: Path = Path("data")
    """Where everything durable lies: databases, broker store, keys."""
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    http_port: int = Field(0, ge=0, le=65535)
    """With HTTPS: a second port that only hands out the root certificate and the right address; 0 is none."""
    site: str = "hub"
    site_name: str = "区指挥中心"
    exercise: bool = False
    service: Annotated[tuple[str, ...], NoDecode] = SERVICES
    """The services that this process hosts."""
    database_url: str | None = None
    """PostgreSQL for all services (one schema each); without it one SQLite file a service under `data`."""
    nats_url: str | None = None
    """An outside broker; without it this process starts its own."""
    nats_port: int = Field(0, ge=0, le=65535)
    nats_max_file_mb: int = Field(20 * 1024, ge=1)
    """What the embedded broker's streams may take on disk; then facts are accepted and wait for room."""
    leaf_port: int = Field(0, ge=0, le=65535)
    """Where edges join this hub; 0 is closed."""
    leaf_host: str = "0.0.0.0"  # noqa: S104 — edges are elsewhere; the port is closed unless it is given
    join: Path | None = None
    """The file with which this site joins a hub; kept in the data, later starts need it no more."""
    identity_url: str | None = None
    """Where identity answers, when this process does not host it."""
    admin_password: SecretStr | None = None
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.0/8", "::1/128")
    """Networks of the reverse proxies whose word about a client's address is believed."""
    webhook_url: str | None = None
    webhook_secret: SecretStr | None = None
    beat_seconds: float | None = Field(None, ge=0.5, le=300)
    """Between two signs of life; the same at all sites. With the next three: all of them, or none for the product's."""
    site_suspected_seconds: float | None = Field(None, ge=1)
    """Another site that is not heard for that long is shown as shaky (疑失联)."""
    site_lost_seconds: float | None = Field(None, ge=1)
    """… and for that long as cut off (失联)."""
    site_check_seconds: float | None = Field(None, ge=1)
    """… and for that long is to be checked by a person (核查)."""
    late_after_seconds: float | None = Field(None, ge=1)
    """What another site has recorded that long before it is heard here is marked late (迟到)."""
    warning_agency: str | None = Field(None, pattern=r"^[0-9]{3}$")
    """Code of the body that issues warnings here (GB/T 4657), three digits of every identifier."""
    warning_issuer: str | None = Field(None, min_length=1, max_length=50)
    """Its name (发布单位) as it stands in a warning."""
    disk_reserve_mb: int = Field(64, ge=0, le=4096)
    """Room that is kept for finishing when the disk is full."""
    log_level: str = "INFO"

    @field_validator("service", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part for part in value.replace(",", " ").split() if part) if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _readable_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network)
            except ValueError as error:
                raise ValueError(f"不是网段:{network};写法例如 10.1.2.3/32 或 172.16.0.0/12") from error
        return value

    @field_validator("service")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - set(SERVICES))
        if unknown:
            raise ValueError(f"没有这个服务:{', '.join(unknown)};可选:{', '.join(SERVICES)}")
        return tuple(name for name in SERVICES if name in value)

    @model_validator(mode="after")
    def _silence_in_order(self) -> Self:
        told = (self.beat_seconds, self.site_suspected_seconds, self.site_lost_seconds, self.site_check_seconds)
        given = [seconds for seconds in told if seconds is not None]
        if given and (len(given) < len(told) or 2 * given[0] > given[1] or given != sorted(given)):
            raise ValueError(
                "YZT_BEAT_SECONDS、YZT_SITE_SUSPECTED_SECONDS、YZT_SITE_LOST_SECONDS、YZT_SITE_CHECK_SECONDS "
                "要么都不设,要么四个都设且依次增大,疑失联至少是心跳间隔的两倍,例如 20、45、90、1800"
            )
        return self

    @field_validator("site")
    @classmethod
    def _token(cls, value: str) -> str:
        if not is_token(value):
            raise ValueError("站点名只能用小写英文字母、数字、下划线,以字母开头,例如 hub、yufa")
        return value

    @property
    def home(self) -> Path:
        """Where this site keeps its state; an exercise has a store of its own and never touches the real one."""
        return (self.data / "exercise" if self.exercise else self.data).resolve()

    def url_of(self, service: str) -> str:
        """The database URL of one service."""
        return self.database_url or f"sqlite:///{self.home / 'db' / service}.db"


class AccountSettings(BaseSettings):
    """Where a command that uses the API of a running site finds it, and as whom it logs in."""

    model_config = SettingsConfigDict(env_prefix="YZT_", extra="ignore", frozen=True)

    url: str = "http://127.0.0.1:8000"
    user: str = "admin"
    password: SecretStr | None = None
    """Asked for when it is not given."""
    ca: Path | None = None
    """Root certificate of the site; on the site's own machine the one in the data folder is found by itself."""
    data: Path = Path("data")

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("网址要以 http:// 或 https:// 开头,例如 http://127.0.0.1:8000")
        return value.rstrip("/")

    @property
    def trusted_root(self) -> Path | None:
        """The root to trust beside those of the system."""
        own = self.data / "tls" / "ca.pem"
        return self.ca or (own if own.is_file() else None)


def load_account(**options: object) -> AccountSettings:
    """Like `load_settings`, for commands that use a running site."""
    given = {name: value for name, value in options.items() if value is not None}
    return AccountSettings(**{**_secret_files(), **given})  # type: ignore[arg-type]


def load_settings(**options: object) -> Settings:
    """Settings from the environment, overridden by the options that are not None.

    Raises:
        pydantic.ValidationError: a setting is wrong; the message says which and how it should be.
    """
    given = {name: value for name, value in options.items() if value is not None}
    return Settings(**{**_secret_files(), **given})  # type: ignore[arg-type]


def _secret_files() -> dict[str, str]:
    """Values of `YZT_<NAME>_FILE`, for secrets that a container mounts as files."""
    found = {}
    for key, path in os.environ.items():
        if key.startswith("YZT_") and key.endswith("_FILE"):
            found[key.removeprefix("YZT_").removesuffix("_FILE").lower()] = Path(path).read_text("utf-8").strip()
    return found
