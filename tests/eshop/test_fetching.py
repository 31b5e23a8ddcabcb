"""What is fetched from addresses that others gave us, and what is refused. Against a real server."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from eshop.fetching import FetchRefused, fetch, is_public


@pytest.fixture
def server() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/round":
                return self.to("/round")
            if self.path == "/on":
                return self.to("/here")
            if self.path == "/inside":
                return self.to("http://169.254.169.254/latest/meta-data")
            if self.path == "/file":
                return self.to("file:///etc/passwd")
            if self.path == "/here":
                return self.say(b"x" * 1000)
            if self.path == "/slow":
                self.send_response(200)
                self.end_headers()
                with suppress(OSError):
                    for _ in range(50):
                        self.wfile.write(b"x")
                        self.wfile.flush()
                        time.sleep(0.1)
                return None
            return self.send_error(404)

        def to(self, where: str) -> None:
            self.send_response(302)
            self.send_header("Location", where)
            self.end_headers()

        def say(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


def refusal(url: str, **said: object) -> str:
    with pytest.raises(FetchRefused) as refused:
        fetch(url, **said)  # type: ignore[arg-type]
    return refused.value.code


def test_what_the_operator_named_is_fetched(server: str) -> None:
    got = fetch(f"http://{server}/on", internal={server}, redirects=1)
    assert (got.body, got.content_type, got.url) == (b"x" * 1000, "text/plain", f"http://{server}/here")


def test_everything_else_inside_is_refused(server: str) -> None:
    inside = {"internal": {server}, "redirects": 3}
    assert refusal(f"http://{server}/here") == "fetch_private"
    assert refusal(f"http://localhost:{server.partition(':')[2]}/here", internal={server}) == "fetch_private"
    assert refusal(f"http://{server}/inside", **inside) == "fetch_private"
    assert refusal(f"http://{server}/file", **inside) == "fetch_address"
    assert refusal(f"http://{server}/round", **inside) == "fetch_redirected"
    assert refusal(f"http://{server}/on", internal={server}) == "fetch_redirected"
    assert refusal(f"http://{server}/none", internal={server}) == "fetch_status"
    assert refusal(f"http://{server}/here", internal={server}, most=999) == "fetch_too_large"
    assert refusal(f"http://{server}/here", internal={server}, allowed=lambda host: host == "x.dk") == "fetch_host"
    assert refusal(f"http://{server}/slow", internal={server}, within=0.5) == "fetch_failed"
    assert refusal("http://user:pass@[::1", internal={server}) == "fetch_address"
    assert refusal("ftp://example.dk/x") == "fetch_address"
    assert refusal("http://127.0.0.1:1/x", internal={"127.0.0.1:1"}) == "fetch_failed"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False), ("169.254.169.254", False),
        ("0.0.0.0", False), ("100.64.0.1", False), ("224.0.0.1", False), ("255.255.255.255", False),
        ("::1", False), ("::", False), ("fe80::1%eth0", False), ("fc00::1", False), ("ff02::1", False),
        ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("2002:7f00:1::", False), ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True), ("not an address", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_open_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public
