"""Fetching from addresses that other people gave us: a supplier's webshop, a picture in a catalogue. Distrustful of all of them.

The name is looked up once, every address it has must be a public one, and the connection goes to the very address that was looked at (so
that a name cannot change its mind in between). Redirects are followed only where the caller allows them, each looked at anew. Size and
time are bounded. A host of the municipality's own network is reached only when the operator has named it (ESHOP_INTERNAL_HOSTS).
"""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from eshop.errors import BadInput

CONNECT: Final = 5.0
"""Seconds to wait for a connection, and for each piece of the answer."""
CHUNK: Final = 65536


class FetchRefused(BadInput):
    """It was not fetched: `fetch_address`, `fetch_private`, `fetch_host`, `fetch_redirected`, `fetch_failed` (no answer, or not in
    time), `fetch_too_large`, `fetch_status`."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer of status 200. `url` is where it came from in the end."""

    url: str
    content_type: str
    body: bytes


def fetch(
    url: str,
    *,
    internal: Collection[str] = (),
    allowed: Callable[[str], bool] = lambda _host: True,
    send: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    most: int = 1_000_000,
    redirects: int = 0,
    within: float = 15.0,
) -> Fetched:
    """Gets `url`, or posts `send` to it. `allowed(host)` is asked of every hop; `internal` are 'host:port' that may be private."""
    deadline = time.monotonic() + within
    for _ in range(redirects + 1):
        answer = _once(url, internal, allowed, send, headers or {}, most, deadline)
        if isinstance(answer, Fetched):
            return answer
        url = answer
    raise FetchRefused("fetch_redirected", host=_host(url))


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "")[:100]


def _once(
    url: str,
    internal: Collection[str],
    allowed: Callable[[str], bool],
    send: bytes | None,
    headers: Mapping[str, str],
    most: int,
    deadline: float,
) -> Fetched | str:
    """One hop: what was fetched, or where it sends us."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise FetchRefused("fetch_address", value=url[:80]) from error
    if parts.scheme not in ("https", "http") or not host or not url.isascii() or not url.isprintable() or " " in url:
        raise FetchRefused("fetch_address", value=url[:80])
    if not allowed(host):
        raise FetchRefused("fetch_host", host=host)
    addresses = _addresses(host, port, f"{host}:{port}" in internal)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = _connected(host, port, addresses, parts.scheme == "https", deadline)
        try:
            connection.request("GET" if send is None else "POST", target, send, {"User-Agent": "eshop", **headers})
            with connection.getresponse() as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    return urljoin(url, answer.headers.get("Location") or "")
                if answer.status != 200:
                    raise FetchRefused("fetch_status", host=host, status=answer.status)
                return Fetched(url, answer.headers.get_content_type(), _read(answer, most, deadline, host))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise FetchRefused("fetch_failed", host=host) from error


def _addresses(host: str, port: int, may_be_private: bool) -> list[str]:
    """Every address of the name; one private address among them refuses all."""
    try:
        found = list(dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    except (OSError, UnicodeError) as error:
        raise FetchRefused("fetch_failed", host=host) from error
    if not may_be_private and not all(is_public(one) for one in found):
        raise FetchRefused("fetch_private", host=host)
    return found


def is_public(address: str) -> bool:
    """Whether it is an address of the open internet: not loopback, private, link-local, multicast, reserved, nor one of these dressed
    up as IPv6."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if parsed in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast


_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def _connected(host: str, port: int, addresses: list[str], tls: bool, deadline: float) -> http.client.HTTPConnection:
    """A connection to the first of the addresses that answers; the certificate must be the name's."""
    failure: OSError | None = None
    for address in addresses[:4]:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            made = socket.create_connection((address, port), timeout=min(CONNECT, left))
        except OSError as error:
            failure = error
            continue
        connection = http.client.HTTPConnection(host, port, timeout=CONNECT)
        connection.sock = ssl.create_default_context().wrap_socket(made, server_hostname=host) if tls else made
        return connection
    raise failure or TimeoutError


def _read(answer: http.client.HTTPResponse, most: int, deadline: float, host: str) -> bytes:
    body = bytearray()
    while piece := answer.read1(CHUNK):
        body += piece
        if len(body) > most:
            raise FetchRefused("fetch_too_large", host=host, limit=most)
        if time.monotonic() > deadline:
            raise FetchRefused("fetch_failed", host=host)
    return bytes(body)
