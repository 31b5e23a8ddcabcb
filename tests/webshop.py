"""A supplier's webshop for the tests: a real HTTP server that speaks cXML 1.2 and OCI, and sends back the basket it is told to."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode

from eshop.formats import ReturnedLine, cxml, oci

WE = cxml.Credential("NetworkId", "kommune-29000001")
THEY = cxml.Credential("DUNS", "555111222")


@dataclass
class TestWebshop:
    """`lines` are what a visitor has put in the basket. `seen` keeps what arrived."""

    __test__ = False
    url: str = ""
    secret: str = "abrakadabra"
    lines: Sequence[ReturnedLine] = ()
    refuses: str | None = None
    sends_to: str | None = None
    """A location that the set-up is redirected to."""
    setups: list[cxml.Setup] = field(default_factory=list)
    starts: list[dict[str, str]] = field(default_factory=list)
    orders: list[bytes] = field(default_factory=list)
    order_answer: tuple[int, str] = (200, "OK")
    """What an OrderRequest is answered."""

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def answer_setup(self, body: bytes) -> bytes:
        setup = cxml.read_setup(body)
        if self.refuses is not None or setup.shared_secret != self.secret:
            said = cxml.SetupAnswer(401, self.refuses or "Unauthorized", None)
        else:
            self.setups.append(setup)
            said = cxml.SetupAnswer(200, "OK", f"{self.url}/start/{len(self.setups) - 1}")
        return cxml.setup_answer(said, "1@webshop", datetime.now(UTC))

    def basket_page(self, number: int) -> str:
        """The page whose form sends a cXML basket back."""
        setup = self.setups[number]
        document = cxml.order_message(self.lines, setup.cookie, THEY, WE, "2@webshop", datetime.now(UTC))
        return _form(setup.return_to, [("cxml-urlencoded", document.decode())])

    def oci_page(self, fields: dict[str, str]) -> str:
        self.starts.append(fields)
        return _form(fields[oci.HOOK], oci.form_of(self.lines))


def _form(action: str, fields: list[tuple[str, str]]) -> str:
    inputs = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields)
    return (
        f'<!doctype html><meta charset="utf-8"><title>Webshop</title><form method="post" action="{escape(action)}">'
        f"{inputs}<button>Overfør kurven</button></form>"
    )


@contextmanager
def running() -> Iterator[TestWebshop]:
    shop = TestWebshop()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            if shop.sends_to is not None:
                self.send_response(302)
                self.send_header("Location", shop.sends_to)
                self.end_headers()
            elif self.path == "/cxml":
                self.say(shop.answer_setup(body), "text/xml")
            elif self.path == "/orders":
                shop.orders.append(body)
                said = cxml.SetupAnswer(*shop.order_answer, None)
                self.say(cxml.setup_answer(said, "3@webshop", datetime.now(UTC)), "text/xml")
            elif self.path == "/oci":
                self.say(shop.oci_page(dict(parse_qsl(body.decode(), keep_blank_values=True))).encode(), "text/html")
            else:
                self.send_error(404)

        def do_GET(self) -> None:
            if self.path.startswith("/start/"):
                self.say(shop.basket_page(int(self.path.removeprefix("/start/"))).encode(), "text/html")
            else:
                self.send_error(404)

        def say(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shop.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()


def encoded(fields: Sequence[tuple[str, str]], encoding: str = "utf-8") -> bytes:
    """A form as a browser sends it from a page in this encoding."""
    return urlencode(list(fields), encoding=encoding, errors="xmlcharrefreplace").encode()
