"""How a supplier gets our documents: the profile they are written in, the channel they go by and its address; and what to do about a
document that could not be sent."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogues import get_supplier, list_agreements, punchout_of
from eshop import audit, exchange
from eshop.errors import BadInput, NotFound
from eshop.exchange import Message, TradingPartner
from eshop.identity import Actor, require
from ordering.webshop_orders import CXML

PROFILES: Final = ("peppol-bis-3", "oioubl-2.1", CXML)
CHANNEL_KINDS: Final = ("http", "smtp", "link", "sftp", "folder")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_FOLDER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_SECRETS: Final = {"http": "token", "sftp": "password"}
"""What is known of a channel beside its address; never shown again, and kept when it is not given anew."""


def mail_address(session: Session, supplier_id: int) -> str | None:
    """Where people at the supplier read mail: the supplier's own address, else the one that orders are mailed to. None where neither is
    known."""
    supplier = get_supplier(session, supplier_id)
    if supplier is not None and supplier.email:
        return supplier.email
    partner = session.scalars(select(TradingPartner).where(TradingPartner.supplier_id == supplier_id)).one_or_none()
    return address_of(None, partner.channel, partner.address) if partner is not None else None


def address_of(email: str | None, channel: str | None, address: str | None) -> str | None:
    """The same, of what is known: the supplier's address, and the channel and address of its orders."""
    return email or (address if channel in ("smtp", "link") else None) or None


def set_channel(
    session: Session,
    supplier_id: int,
    by: Actor,
    *,
    profile: str,
    channel: str,
    address: str = "",
    secret: str | None = None,
    host_key: str | None = None,
) -> TradingPartner:
    """Sets how the supplier gets documents from now on. `secret` is the access point's token or the SFTP password; None keeps the one
    that is known for the same channel. What waits in the outbox goes the way it was put there.

    BadInput: `unknown_profile`, `channel_unknown`, `address_of_channel` (says what is expected), `host_key_missing`.
    """
    require(by, "manage_sending")
    if get_supplier(session, supplier_id) is None:
        raise NotFound("not_found", thing="Supplier", key=supplier_id)
    if profile not in PROFILES:
        raise BadInput("unknown_profile", name=profile, expected=", ".join(PROFILES))
    partner = exchange.partner_of(session, supplier_id)
    known = partner.settings if partner.channel == channel else {}
    kept = secret or known.get(_SECRETS.get(channel, ""), "")
    if not kept and profile == CXML and channel == "http":
        kept = _shared_secret(session, supplier_id)
    settings = {_SECRETS[channel]: kept} if kept and channel in _SECRETS else {}
    if channel == "sftp":
        settings["host_key"] = _host_key(host_key or known.get("host_key", ""))
    partner.profile, partner.channel = profile, channel
    partner.address, partner.settings = checked_address(channel, address, kept), settings
    audit.record(session, "channel_set", "supplier", supplier_id, by, profile=profile, channel=channel)
    session.flush()
    return partner


def _shared_secret(session: Session, supplier_id: int) -> str:
    """The secret of the supplier's webshop, where one of the agreements has set it up."""
    for agreement in list_agreements(session):
        setup = punchout_of(session, agreement.id) if agreement.supplier_id == supplier_id else None
        if setup is not None and setup.protocol == "cxml" and setup.settings.get("shared_secret"):
            return str(setup.settings["shared_secret"])
    return ""


def _host_key(given: str) -> str:
    parts = given.split()
    if len(parts) < 2 or not parts[0].startswith(("ssh-", "ecdsa-")):
        raise BadInput("host_key_missing")
    return " ".join(parts[:2])


def checked_address(channel: str, address: str, secret: str = "") -> str:
    """The address as the channel takes it. BadInput `address_of_channel`, `channel_unknown`.

    An access point is https, or on this machine; a folder is one name below the outgoing folder, so that nobody writes elsewhere."""
    given = address.strip()
    if channel not in CHANNEL_KINDS:
        raise BadInput("channel_unknown", stated=channel)
    try:
        parts = urlsplit(given)
        host = parts.hostname or ""
    except ValueError:
        raise BadInput("address_of_channel", channel=channel) from None
    fits = {
        "http": bool(host)
        and (parts.scheme == "https" or (parts.scheme == "http" and host in ("localhost", "127.0.0.1"))),
        "smtp": bool(_MAIL.fullmatch(given)),
        "link": bool(_MAIL.fullmatch(given)),
        "sftp": parts.scheme == "sftp" and bool(host) and bool(parts.username),
        "folder": not given or bool(_FOLDER.fullmatch(given)),
    }[channel]
    if not fits:
        raise BadInput("address_of_channel", channel=channel)
    if channel == "sftp" and secret:
        port = f":{parts.port}" if parts.port else ""
        who = f"{parts.username}:{quote(secret, safe='')}@{host}{port}"
        return urlunsplit((parts.scheme, who, parts.path, "", ""))
    return given


def send_document_again(
    session: Session, message_id: int, by: Actor, *, channel: str | None = None, address: str = ""
) -> Message:
    """A document that could not be sent gets new tries: the same way, or another (`channel` and `address`; the supplier's own address
    and secrets where it is the channel they use). Conflict `not_now` when it is not waiting for a person; BadInput as `set_channel`."""
    require(by, "manage_sending")
    message = session.scalars(select(Message).where(Message.id == message_id, Message.direction == "out")).one_or_none()
    if message is None:
        raise NotFound("not_found", thing="Document", key=message_id)
    exchange.send_again(session, message_id, by.at)
    partner = exchange.partner_of(session, message.supplier_id) if message.supplier_id is not None else None
    way = channel or message.channel
    if message.document_type in exchange.LETTERS:
        # A letter to people goes by mail alone.
        way = channel = "smtp"
        address = (
            address.strip() or (message.supplier_id and mail_address(session, message.supplier_id)) or message.address
        )
        partner = None
    if partner is not None and way == partner.channel and not address.strip():
        # What was wrong may have been the supplier's address, and that has been mended since.
        message.channel, message.address = way, partner.address
    elif channel is not None:
        message.channel, message.address = way, checked_address(way, address)
    audit.record(
        session, "document_sent_again", "message", message.id, by, channel=message.channel, order_id=message.order_id
    )
    session.flush()
    return message


def unsent(session: Session, limit: int = 200) -> list[Message]:
    """Documents out that have failed and wait for their next try, the oldest first; those past their last try: `exchange.dead_letters`."""
    return list(
        session.scalars(
            select(Message)
            .where(Message.direction == "out", Message.state.in_(("waiting", "sending")), Message.attempts > 0)
            .order_by(Message.id)
            .limit(limit)
        )
    )


def trading_partners(session: Session) -> Mapping[int, TradingPartner]:
    """Supplier id → how they get documents, for those that have a way of their own."""
    return {one.supplier_id: one for one in session.scalars(select(TradingPartner))}


def shown_address(partner: TradingPartner) -> str:
    """The address without its secret."""
    parts = urlsplit(partner.address)
    if not parts.password:
        return partner.address
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, f"{parts.username}@{parts.hostname}{port}", parts.path, "", ""))
