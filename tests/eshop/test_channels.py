"""Documents leave by mail and by SFTP to real servers that the test starts."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from email import message_from_bytes
from email.message import Message as Mail
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from eshop.exchange import CHANNELS, DeliveryFailed, Letter, Outgoing, Route


def _outgoing(address: str, letter: Letter | None = None, **settings: str) -> Outgoing:
    return Outgoing(
        key="order-1-1",
        uid="11111111-2222-3333-4444-555555555555",
        name="Order-B-26-1.xml",
        address=address,
        document_type="Order",
        body="<Order>Håndsæbe</Order>".encode(),
        attachment=b"%PDF-1.7 readable",
        settings=settings,
        letter=letter,
    )


class Mailbox:
    """Keeps every mail it is handed; refuses what is for nobody@."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content))
        return "250 OK"


class OnAFreePort(Controller):
    """The system chooses the port; the controller's own first call has to know which."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    controller = OnAFreePort(box, hostname="127.0.0.1", port=0)
    controller.start()
    yield box, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


def test_an_order_by_mail_carries_the_xml_and_a_readable_pdf(mailbox: tuple[Mailbox, str], tmp_path: Path) -> None:
    box, url = mailbox
    for _ in range(2):
        CHANNELS["smtp"](
            _outgoing("ordre@leverandoer.example", Letter("Ordre B-26-1", "Se ordren")), Route(tmp_path, url)
        )
    first, second = box.mails
    assert first["To"] == "ordre@leverandoer.example"
    assert first["Subject"] == "Ordre B-26-1"
    assert first["Message-ID"] == second["Message-ID"]  # sent again, it is seen to be the same
    parts = {part.get_filename(): part.get_payload(decode=True) for part in first.walk() if part.get_filename()}
    assert parts["Order-B-26-1.xml"].decode() == "<Order>Håndsæbe</Order>"
    assert parts["Order-B-26-1.pdf"] == b"%PDF-1.7 readable"


def test_an_address_that_does_not_exist_is_not_tried_again(mailbox: tuple[Mailbox, str], tmp_path: Path) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        CHANNELS["smtp"](_outgoing("nobody@leverandoer.example"), Route(tmp_path, mailbox[1]))
    assert not failed.value.retry


def test_a_mail_server_that_is_down_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        CHANNELS["smtp"](_outgoing("ordre@leverandoer.example"), Route(tmp_path, "smtp://127.0.0.1:9"))
    assert failed.value.retry
    with pytest.raises(DeliveryFailed, match="ESHOP_SMTP_URL"):
        CHANNELS["smtp"](_outgoing("ordre@leverandoer.example"), Route(tmp_path))


class Login(asyncssh.SSHServer):
    connections: list[asyncssh.SSHServerConnection] = []

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.connections.append(conn)

    def begin_auth(self, _username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("eshop", "hemm:lig")


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[tuple[Path, str, str]]:
    """A real SFTP server on loopback: its folder, its address with sign-in, and its host key."""
    root = tmp_path / "server"
    (root / "ind").mkdir(parents=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    started: Future[tuple[int, Callable[[], None]]] = Future()

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Login,
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root).encode()),
        )
        started.set_result((server.get_port(), lambda: loop.call_soon_threadsafe(stop.set)))
        await stop.wait()
        server.close()
        for connection in Login.connections:
            connection.abort()
            await connection.wait_closed()
        Login.connections.clear()
        await server.wait_closed()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    port, stop = started.result(10)
    yield root / "ind", f"sftp://eshop:hemm%3Alig@127.0.0.1:{port}/ind", key.export_public_key().decode().strip()
    stop()
    thread.join(10)


def test_an_order_lands_whole_on_the_suppliers_server(sftp: tuple[Path, str, str], tmp_path: Path) -> None:
    folder, address, key = sftp
    host_key = " ".join(key.split()[:2])
    for _ in range(2):  # sent again it replaces itself
        CHANNELS["sftp"](_outgoing(address, host_key=host_key), Route(tmp_path))
    assert [(file.name, file.read_text()) for file in folder.iterdir()] == [
        ("Order-B-26-1.xml", "<Order>Håndsæbe</Order>")
    ]


def test_a_server_with_another_host_key_gets_nothing(sftp: tuple[Path, str, str], tmp_path: Path) -> None:
    folder, address, _ = sftp
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()[1]
    for host_key in ({"host_key": f"ssh-ed25519 {other}"}, {}):
        with pytest.raises(DeliveryFailed, match="host key") as failed:
            CHANNELS["sftp"](_outgoing(address, **host_key), Route(tmp_path))
        assert not failed.value.retry
    assert list(folder.iterdir()) == []


def test_a_wrong_password_is_said(sftp: tuple[Path, str, str], tmp_path: Path) -> None:
    _, address, key = sftp
    with pytest.raises(DeliveryFailed, match="AuthenticationException"):
        CHANNELS["sftp"](_outgoing(address.replace("hemm", "forkert"), host_key=key), Route(tmp_path))
