"""Settings from the environment, validated once at start. A wrong value stops the start with one line that says which and
what is expected (ConfigurationError). The names are a contract: INTERFACES §1."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from eshop.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class OpenIdConnect:
    """A municipality's sign-in (authorisation code with PKCE)."""

    issuer: str
    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Settings:
    database_url: str
    data_dir: Path
    secret_key: str
    official_rules: Path | None = None
    smtp_url: str | None = None
    oidc: OpenIdConnect | None = None
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    listens_on_loopback: bool = True
    internal_hosts: frozenset[str] = frozenset()
    """'host:port' of the municipality's own network that the server may fetch pictures and webshops from."""

    @property
    def behind_proxy(self) -> bool:
        """Whether people come over TLS, which we do not speak ourselves: then a proxy stands in front, and says who comes."""
        return self.public_url.startswith("https://")

    @property
    def is_reached_from_outside(self) -> bool:
        """Whether others than this machine come in: cookies then go over TLS only, and the demo lets nobody in by its password."""
        return self.behind_proxy or not self.listens_on_loopback

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        given = {name: value for name, value in (os.environ if environment is None else environment).items() if value}
        data_dir = Path(given.get("ESHOP_DATA_DIR", "./var")).absolute()
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError("bad_setting", name="ESHOP_DATA_DIR", expected="writable_folder") from error
        return cls(
            database_url=_database_url(given, data_dir),
            data_dir=data_dir,
            secret_key=_secret_key(given, data_dir),
            official_rules=_official_rules(given),
            smtp_url=_url(given, "ESHOP_SMTP_URL", ("smtp", "smtps"), "mail_server"),
            oidc=_oidc(given),
            port=_port(given),
            public_url=_public_url(given),
            listens_on_loopback=given.get("ESHOP_LISTEN", "127.0.0.1") in ("127.0.0.1", "::1", "localhost"),
            internal_hosts=_internal_hosts(given),
        )


def _database_url(given: Mapping[str, str], data_dir: Path) -> str:
    url = given.get("ESHOP_DATABASE_URL", f"sqlite:///{data_dir / 'eshop.db'}")
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError as error:
        raise ConfigurationError("bad_setting", name="ESHOP_DATABASE_URL", expected="database") from error
    if backend not in ("sqlite", "postgresql"):
        raise ConfigurationError("bad_setting", name="ESHOP_DATABASE_URL", expected="database")
    return url


def _secret_key(given: Mapping[str, str], data_dir: Path) -> str:
    """The key that signs sessions and links: given, or drawn once and kept beside the data (readable by the owner only)."""
    key = given.get("ESHOP_SECRET_KEY")
    if key is None:
        kept = data_dir / "secret-key"
        try:
            descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = kept.read_text(encoding="ascii").strip()
        else:
            key = secrets.token_hex(32)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(key)
    if len(key) < 32:
        raise ConfigurationError("bad_setting", name="ESHOP_SECRET_KEY", expected="long_secret")
    return key


def _official_rules(given: Mapping[str, str]) -> Path | None:
    if "ESHOP_OFFICIAL_RULES" not in given:
        return None
    folder = Path(given["ESHOP_OFFICIAL_RULES"]).absolute()
    if not (folder / "index.json").is_file():
        raise ConfigurationError("bad_setting", name="ESHOP_OFFICIAL_RULES", expected="rules_folder")
    return folder


def _url(given: Mapping[str, str], name: str, schemes: tuple[str, ...], expected: str) -> str | None:
    if name not in given:
        return None
    try:
        parts = urlsplit(given[name])
        usable = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError("bad_setting", name=name, expected=expected)
    return given[name]


def _public_url(given: Mapping[str, str]) -> str:
    """Where people reach the shop, for the links in mails; the machine itself where nothing is said."""
    url = _url(given, "ESHOP_URL", ("http", "https"), "web_address")
    return url.rstrip("/") if url else f"http://127.0.0.1:{_port(given)}"


def _oidc(given: Mapping[str, str]) -> OpenIdConnect | None:
    names = ("ESHOP_OIDC_ISSUER", "ESHOP_OIDC_CLIENT_ID", "ESHOP_OIDC_CLIENT_SECRET")
    present = [name for name in names if name in given]
    if not present:
        return None
    if len(present) < len(names):
        missing = next(name for name in names if name not in given)
        raise ConfigurationError("setting_missing", name=missing, other=present[0])
    issuer = _url(given, names[0], ("https", "http"), "web_address")
    return OpenIdConnect(issuer or "", given[names[1]], given[names[2]])


def _internal_hosts(given: Mapping[str, str]) -> frozenset[str]:
    named = [one.strip() for one in given.get("ESHOP_INTERNAL_HOSTS", "").split(",") if one.strip()]
    for one in named:
        host, _, port = one.rpartition(":")
        if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ConfigurationError("bad_setting", name="ESHOP_INTERNAL_HOSTS", expected="hosts")
    return frozenset(named)


def _port(given: Mapping[str, str]) -> int:
    text = given.get("PORT", "8000")
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ConfigurationError("bad_setting", name="PORT", expected="port")
    return int(text)
