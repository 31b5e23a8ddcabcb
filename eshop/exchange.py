"""Documents on their way in and out: every message with its raw bytes, the outbox, and the channels.

In: `take_in` keeps the bytes as they came, once: the same bytes again are the first message again.
Out: `put_out` writes the document in the transaction of the act that it reports (the outbox); `deliver` sends what is due, at least
once, and the document's key lets the receiver recognise it as the same. What cannot be sent after the last try is `dead` and waits
for a person (`dead_letters`, `send_again`).
"""

import hashlib
import smtplib
import ssl
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import paramiko
import requests
from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column

from eshop.db import EVERYONE, Base, Database, JsonType, Owned, id_column, lock, put_unless_there
from eshop.errors import Conflict, EshopError
from eshop.formats import cxml
from eshop.identity import Actor
from eshop.jobs import LEASE, MAX_ATTEMPTS, pause_after
from eshop.kept import Kept
from eshop.workflow import Workflow, move

SENDER: Final = "eshop@localhost"
"""Whom mails are from."""

LETTERS: Final = frozenset({"OrderMessage"})
"""What the outbox carries that is no document of a profile: its body is text, written out as a mail and sent by mail alone."""

OUTBOX: Final = Workflow(
    "message",
    "waiting",
    {
        "claim": move("waiting sending", "sending"),
        "confirm": move("sending", "sent"),
        "postpone": move("sending", "waiting"),
        "give_up": move("sending", "dead"),
        "send_again": move("dead", "waiting"),
        "withdraw": move("waiting", "withdrawn"),
    },
)


class Message(Owned, Base):
    """A document in or out. `body` is exactly what came or went and is never changed; `sha256` is its hash in hex.

    In: `state` is taken → handled (or unreadable). Out: see OUTBOX. `key` names an outgoing document for good.
    """

    __tablename__ = "message"
    found_otherwise = True
    __table_args__ = (
        UniqueConstraint("municipality_id", "direction", "sha256", "key"),
        Index("ix_message_due", "direction", "state", "due_at"),
    )
    id: Mapped[int] = id_column()
    direction: Mapped[str] = mapped_column(String(3))
    uid: Mapped[str] = mapped_column(String(36), default=lambda: str(uuid.uuid4()), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(120), default="")
    body: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    attachment: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    name: Mapped[str] = mapped_column(default="")
    channel: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(default="")
    document_type: Mapped[str | None] = mapped_column(String(60))
    profile: Mapped[str | None] = mapped_column(String(20))
    document_id: Mapped[str | None]
    supplier_id: Mapped[int | None] = mapped_column(index=True)
    order_id: Mapped[int | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None]
    result: Mapped[dict[str, Any] | None] = deferred(mapped_column(JsonType))


class TradingPartner(Owned, Base):
    """How a supplier wants documents: the profile (`oioubl-2.1`, `peppol-bis-3`), the kind of channel and its address.

    Addresses: folder `/path`; http `https://access-point/…` (settings: token); smtp `orders@supplier.dk`;
    sftp `sftp://user:password@host:port/folder` (settings: host_key); link `orders@supplier.dk`: a mail with the signed link alone
    (without an address the supplier is given the link by hand).
    """

    __tablename__ = "trading_partner"
    id: Mapped[int] = id_column()
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), unique=True)
    profile: Mapped[str] = mapped_column(String(20), default="peppol-bis-3")
    channel: Mapped[str] = mapped_column(String(10), default="folder")
    address: Mapped[str] = mapped_column(default="")
    settings: Mapped[dict[str, str]] = mapped_column(JsonType, default=dict)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A message in, and whether its bytes had come before."""

    message: Message
    again: bool


def fingerprint(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def take_in(session: Session, body: bytes, name: str, channel: str, by: Actor) -> TakenIn:
    """Keeps an incoming document, once. The same bytes, by whatever channel, are the first message again."""
    digest = fingerprint(body)
    message = Message(
        direction="in", sha256=digest, body=body, name=name, channel=channel, state="taken", at=by.at, attempts=0
    )
    if put_unless_there(session, message):
        return TakenIn(message, again=False)
    # It came before, or by another door at the same moment, and that one was first.
    return TakenIn(session.get_one(Message, _SAME_BYTES.rows(session, digest=digest)[0].id), again=True)


_SAME_BYTES: Final = Kept(
    select(Message.id).where(Message.sha256 == bindparam("digest"), Message.direction == "in").order_by(Message.id)
)


def partner_of(session: Session, supplier_id: int) -> TradingPartner:
    """The supplier's wishes; where none are kept, Peppol into the outgoing folder."""
    kept = session.scalars(select(TradingPartner).where(TradingPartner.supplier_id == supplier_id)).one_or_none()
    if kept is None:
        kept = TradingPartner(
            supplier_id=supplier_id, profile="peppol-bis-3", channel="folder", address="", settings={}
        )
        session.add(kept)
        session.flush()
    return kept


def put_out(
    session: Session,
    body: bytes,
    document_type: str,
    document_id: str,
    partner: TradingPartner,
    key: str,
    due_at: datetime,
    by: Actor,
    *,
    order_id: int | None = None,
    attachment: bytes | None = None,
    mail_to: str | None = None,
) -> Message:
    """Puts a document in the outbox, to leave at `due_at`. The same key again is the message that is there already. `mail_to`: it goes by
    mail to this address, whatever way the partner gets documents."""
    there = session.scalars(select(Message).where(Message.direction == "out", Message.key == key)).one_or_none()
    if there is not None:
        return there
    message = Message(
        direction="out",
        sha256=fingerprint(body),
        key=key,
        body=body,
        attachment=attachment,
        name=f"{document_type}-{document_id}.xml",
        channel=partner.channel if mail_to is None else "smtp",
        address=partner.address if mail_to is None else mail_to,
        document_type=document_type,
        profile=partner.profile,
        document_id=document_id,
        supplier_id=partner.supplier_id,
        order_id=order_id,
        state=OUTBOX.start,
        at=by.at,
        due_at=due_at,
        attempts=0,
    )
    session.add(message)
    session.flush()
    return message


def withdraw(session: Session, message_id: int) -> None:
    """Takes a message back that has not left. Conflict `not_now` when it is on its way or gone."""
    message = lock(session, Message, message_id)
    message.state = OUTBOX.after(message.state, "withdraw")


def hurry(session: Session, message_id: int, now: datetime) -> None:
    """Lets a waiting message leave at once (the undo wait is skipped)."""
    message = lock(session, Message, message_id)
    if message.state != "waiting":
        raise Conflict("not_now", thing="message", verb="hurry", state=message.state)
    message.due_at = now


def dead_letters(session: Session) -> list[Message]:
    """What could not be sent and waits for a person, oldest first."""
    return list(
        session.scalars(select(Message).where(Message.direction == "out", Message.state == "dead").order_by(Message.id))
    )


def send_again(session: Session, message_id: int, now: datetime) -> None:
    """A person has mended what was wrong: the message gets new tries."""
    message = lock(session, Message, message_id)
    message.state = OUTBOX.after(message.state, "send_again")
    message.attempts = 0
    message.due_at = now


class DeliveryFailed(Exception):
    """A channel could not hand over. `retry` says whether trying again can help."""

    def __init__(self, reason: str, *, retry: bool = True) -> None:
        super().__init__(reason)
        self.retry = retry


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes round a document by mail; `pdf` is the copy that people read."""

    subject: str
    text: str
    pdf: bytes | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a channel needs to send one message."""

    key: str
    uid: str
    name: str
    address: str
    document_type: str
    body: bytes
    attachment: bytes | None
    settings: Mapping[str, str]
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Where channels without an address of their own lead: the outgoing folder and the mail server. `letter` writes what goes round a
    document by mail, in a unit of work of its own just before it leaves."""

    folder: Path
    smtp_url: str | None = None
    sender: str = SENDER
    letter: Callable[[Session, Message], Letter | None] | None = None


def claim_due(database: Database, now: datetime, at_most: int = 20) -> list[int]:
    """Takes messages that are due (or whose sender died) so that nobody else sends them until the lease runs out."""
    free = or_(
        and_(Message.state == "waiting", Message.due_at <= now),
        and_(Message.state == "sending", Message.lease_until < now),
    )
    due = (
        select(Message.id)
        .where(Message.direction == "out", or_(Message.channel != "link", Message.address != ""), free)
        .order_by(Message.due_at, Message.id)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
    with database.work(EVERYONE) as session:
        taken = session.scalars(
            update(Message)
            .where(Message.id.in_(due))
            .values(state="sending", lease_until=now + LEASE, attempts=Message.attempts + 1)
            .returning(Message.id)
            .execution_options(synchronize_session=False)
        ).all()
    return sorted(taken)


def deliver(
    database: Database,
    route: Route,
    clock: Callable[[], datetime],
    on_sent: Callable[[Session, Message], None],
    at_most: int = 20,
) -> int:
    """Sends what is due, one message a transaction; returns how many left. `on_sent` runs in the transaction that notes it.

    Killed between sending and noting, the message goes again when the lease has run out, with the same key and name: the folder
    channel replaces its file, the others carry the key as message id.
    """
    sent = 0
    for message_id in claim_due(database, clock(), at_most):
        with database.read(EVERYONE) as session:
            message = session.get_one(Message, message_id)
            outgoing = _outgoing(session, message)
            send, municipality_id = CHANNELS[message.channel], message.municipality_id
        try:
            if send is _to_mailbox and route.letter is not None:
                outgoing = _with_letter(database, municipality_id, message_id, outgoing, route.letter)
            send(outgoing, route)
        except DeliveryFailed as failure:
            _note_failure(database, message_id, failure, clock())
            continue
        with database.work(EVERYONE) as session:
            message = lock(session, Message, message_id)
            if message.state == "sending":
                message.state = OUTBOX.after(message.state, "confirm")
                message.sent_at = clock()
                message.lease_until = message.last_error = None
                on_sent(session, message)
                sent += 1
    return sent


def _outgoing(session: Session, message: Message) -> Outgoing:
    partner = session.scalars(
        select(TradingPartner).where(TradingPartner.supplier_id == message.supplier_id)
    ).one_or_none()
    return Outgoing(
        key=message.key,
        uid=message.uid,
        name=message.name,
        address=message.address,
        document_type=message.document_type or "",
        body=message.body,
        attachment=message.attachment,
        settings={"xml": "no"}
        if message.channel == "link" or message.document_type in LETTERS
        else partner.settings
        if partner
        else {},
    )


def _with_letter(
    database: Database,
    municipality_id: int,
    message_id: int,
    outgoing: Outgoing,
    write: Callable[[Session, Message], Letter | None],
) -> Outgoing:
    """The message with its letter. What cannot be written fails this message alone, not those behind it."""
    try:
        with database.work(municipality_id) as session:
            letter = write(session, session.get_one(Message, message_id))
    except (EshopError, TypeError, ValueError, RuntimeError) as error:
        raise DeliveryFailed(f"the letter could not be written: {type(error).__name__}: {error}") from error
    if letter is None:
        return outgoing
    return replace(outgoing, letter=letter, attachment=outgoing.attachment or letter.pdf)


def _note_failure(database: Database, message_id: int, failure: DeliveryFailed, now: datetime) -> None:
    with database.work(EVERYONE) as session:
        message = lock(session, Message, message_id)
        again = failure.retry and message.attempts < MAX_ATTEMPTS
        message.state = OUTBOX.after(message.state, "postpone" if again else "give_up")
        message.due_at = now + pause_after(message.attempts) if again else message.due_at
        message.lease_until = None
        message.last_error = str(failure)[:2000]


def _to_folder(outgoing: Outgoing, route: Route) -> None:
    """A file named by the document, written beside and moved into place: a reader never sees half of it."""
    folder = route.folder / outgoing.address  # an absolute address stands for itself
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in outgoing.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{safe}.{outgoing.uid}.part"
        part.write_bytes(outgoing.body)
        part.replace(folder / safe)
    except OSError as error:
        raise DeliveryFailed(f"{folder}: {error.strerror}") from error


def _to_access_point(outgoing: Outgoing, _route: Route) -> None:
    """POST of the document to an access point. 2xx and 409 (had it already) are delivered.

    A 4xx other than 408, 425 and 429 will not mend itself and is not tried again.
    """
    headers = {"Content-Type": "application/xml", "Idempotency-Key": outgoing.key, "Message-Id": outgoing.uid}
    token = outgoing.settings.get("token")
    webshop = cxml.with_secret(outgoing.body, token or "")
    body = webshop or outgoing.body
    if webshop:
        # A webshop knows us by the secret inside the document, and answers inside one too.
        headers["Content-Type"] = "text/xml; charset=UTF-8"
    elif token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        answer = requests.post(outgoing.address, data=body, headers=headers, timeout=(5, 30), allow_redirects=False)
    except requests.RequestException as error:
        raise DeliveryFailed(f"{urlsplit(outgoing.address).hostname}: {type(error).__name__}") from error
    if (answer.ok and answer.status_code < 300) or answer.status_code == 409:
        said = cxml.status_of(answer.content) if webshop and answer.content else None
        if said is not None and not 200 <= said[0] < 300:
            told = f"{urlsplit(outgoing.address).hostname}: cXML {said[0]} {said[1]}"[:200]
            raise DeliveryFailed(told, retry=said[0] >= 500)
        return
    retry = answer.status_code >= 500 or answer.status_code in (408, 425, 429)
    raise DeliveryFailed(f"{urlsplit(outgoing.address).hostname}: HTTP {answer.status_code}", retry=retry)


def _to_mailbox(outgoing: Outgoing, route: Route) -> None:
    """A mail with the XML, and the readable PDF where there is one; Message-ID is the key, so a second mail is seen to be the same.
    Who gets a link has no system to read the XML with, and gets the PDF alone."""
    if route.smtp_url is None:
        raise DeliveryFailed("ESHOP_SMTP_URL is not set", retry=True)
    mail = EmailMessage()
    mail["From"], mail["To"] = route.sender, outgoing.address
    letter = outgoing.letter or Letter(outgoing.name.removesuffix(".xml"), outgoing.name)
    mail["Subject"] = letter.subject
    mail["Message-ID"] = f"<{fingerprint(outgoing.key.encode())[:32]}@{route.sender.rpartition('@')[2]}>"
    mail.set_content(letter.text)
    if outgoing.settings.get("xml") != "no":
        mail.add_attachment(outgoing.body, maintype="application", subtype="xml", filename=outgoing.name)
    if outgoing.attachment:
        pdf = outgoing.name.removesuffix(".xml") + ".pdf"
        mail.add_attachment(outgoing.attachment, maintype="application", subtype="pdf", filename=pdf)
    send_mail(route.smtp_url, mail)


def send_mail(smtp_url: str, mail: EmailMessage) -> None:
    """Hands one mail to the server of `smtp_url` (smtp:// with STARTTLS where offered, smtps://). DeliveryFailed when it will not."""
    server = urlsplit(smtp_url)
    host, secure = server.hostname or "", server.scheme == "smtps"
    context = ssl.create_default_context()
    try:
        connection = (
            smtplib.SMTP_SSL(host, server.port or 465, timeout=30, context=context)
            if secure
            else smtplib.SMTP(host, server.port or 25, timeout=30)
        )
        with connection:
            if not secure and connection.has_extn("starttls"):
                connection.starttls(context=context)
            if server.username:
                connection.login(unquote(server.username), unquote(server.password or ""))
            connection.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        raise DeliveryFailed("the address was refused", retry=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailed(f"{host}: {type(error).__name__}") from error


def _to_sftp(outgoing: Outgoing, _route: Route) -> None:
    """A file on the supplier's SFTP server, written beside and renamed. The server must show the host key we know."""
    target = urlsplit(outgoing.address)
    known = outgoing.settings.get("host_key")
    if not known:
        raise DeliveryFailed("the server's host key is not known", retry=False)
    host, port = target.hostname or "", target.port or 22
    folder = target.path.rstrip("/") or "."
    try:
        with paramiko.Transport((host, port)) as transport:
            transport.connect(username=unquote(target.username or ""), password=unquote(target.password or ""))
            shown = transport.get_remote_server_key().get_base64()
            if shown != known.split()[-1]:
                raise DeliveryFailed(f"{host}: the server shows another host key than the known one", retry=False)
            client = paramiko.SFTPClient.from_transport(transport)
            if client is None:
                raise DeliveryFailed(f"{host}: no SFTP channel")
            with client:
                part = f"{folder}/.{outgoing.uid}.part"
                with client.open(part, "wb") as file:
                    file.write(outgoing.body)
                client.posix_rename(part, f"{folder}/{outgoing.name}")
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise DeliveryFailed(f"{host}: {type(error).__name__}") from error


CHANNELS: Final[Mapping[str, Callable[[Outgoing, Route], None]]] = {
    "folder": _to_folder,
    "http": _to_access_point,
    "smtp": _to_mailbox,
    "sftp": _to_sftp,
    "link": _to_mailbox,
}
"""Kind of channel → how a message is handed over. `link` is a mail too, where there is an address to send it to."""
