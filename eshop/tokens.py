"""Who calls the API: bearer tokens with scopes, each for one municipality.

A token is shown once, when it is made; we keep its SHA-256, which is enough for a random value of 256 bits. It acts for a person (then
with that person's roles, at their institutions) or for a system, such as an access point or a ledger, which has no person: it may do
what its scopes say and nothing that asks for a person's decision.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from eshop import audit
from eshop.db import EVERYONE, Base, Database, JsonType, Owned, id_column
from eshop.errors import BadInput, NotFound
from eshop.identity import Actor, User, may, require
from eshop.signing_on import actor_for

SCOPES: Final[Mapping[str, str]] = {
    "items:read": "Search items and ask for offers",
    "agreements:read": "Read agreements and who has joined them",
    "catalogues:read": "Read catalogues and their ledgers",
    "catalogues:write": "Hand in catalogues and accept them",
    "orders:read": "Read orders",
    "orders:write": "Place orders, send them and record receipts",
    "documents:read": "Ask what became of a document",
    "documents:write": "Hand in documents from an access point",
    "invoices:read": "Read invoices",
    "invoices:decide": "Decide on invoices that are held (needs a person)",
    "postings:read": "Read posting batches",
    "postings:write": "Make posting batches and acknowledge them",
    "reports:read": "Read figures and the lines they are made of",
    "metrics:read": "Read operating figures",
}
"""Scope → what it allows. A token has those it was made with and no others."""

ASKED_OF_A_PERSON: Final[Mapping[str, tuple[str, ...]]] = {
    "items:read": ("shop",),
    "agreements:read": ("see_agreements",),
    "catalogues:read": ("see_agreements", "supply"),
    "catalogues:write": ("hand_in_catalogue",),
    "orders:read": ("see_orders",),
    "orders:write": ("order", "receive"),
    "documents:read": ("see_invoices",),
    "documents:write": ("see_invoices",),
    "invoices:read": ("see_invoices",),
    "invoices:decide": ("see_invoices",),
    "postings:read": ("see_postings",),
    "postings:write": ("export_postings",),
    "reports:read": ("see_insight",),
    "metrics:read": ("operate",),
}
"""Scope → the verbs, one of which the person must have a role for: a token opens no more to them than their pages do. What they may do
with the one thing they name is the room's to say."""

PREFIX: Final = "eshop_"


class ApiToken(Owned, Base):
    """A token by its hash. `user_id` None is a system. `expires_at` None lasts until it is revoked."""

    __tablename__ = "api_token"
    id: Mapped[int] = id_column()
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JsonType)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


def make_token(
    session: Session,
    name: str,
    scopes: Iterable[str],
    by: Actor,
    user: User | None = None,
    expires_at: datetime | None = None,
) -> str:
    """A new token; the text is given back once and kept nowhere. BadInput `unknown_scope`, `write_a_name`, `choose_a_scope`."""
    require(by, "operate")
    wanted = sorted(set(scopes))
    if not name.strip():
        raise BadInput("write_a_name")
    if not wanted:
        raise BadInput("choose_a_scope")
    for scope in wanted:
        if scope not in SCOPES:
            raise BadInput("unknown_scope", scope=scope, scopes=list(SCOPES))
    text = PREFIX + secrets.token_urlsafe(32)
    made = ApiToken(
        name=name.strip(),
        sha256=_hash(text),
        scopes=wanted,
        user_id=None if user is None else user.id,
        made_at=by.at,
        expires_at=expires_at,
    )
    session.add(made)
    session.flush()
    audit.record(session, "token_made", "api_token", made.id, by, scopes=wanted)
    return text


def list_tokens(session: Session, by: Actor) -> list[ApiToken]:
    """Those that live, the newest first."""
    require(by, "operate")
    living = select(ApiToken).where(
        ApiToken.revoked_at.is_(None), or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > by.at)
    )
    return list(session.scalars(living.order_by(ApiToken.id.desc())))


def revoke_token(session: Session, token_id: int, by: Actor) -> ApiToken:
    """Ends one token at once. NotFound where it is not ours or has ended."""
    require(by, "operate")
    found = next((one for one in list_tokens(session, by) if one.id == token_id), None)
    if found is None:
        raise NotFound("not_found", thing="Token", key=token_id)
    found.revoked_at = by.at
    audit.record(session, "token_revoked", "api_token", found.id, by)
    return found


def revoke_tokens(session: Session, name: str, by: Actor) -> int:
    """Ends every token of the name at once; returns how many."""
    live = session.scalars(select(ApiToken).where(ApiToken.name == name, ApiToken.revoked_at.is_(None))).all()
    for token in live:
        token.revoked_at = by.at
        audit.record(session, "token_revoked", "api_token", token.id, by)
    return len(live)


def find_token(database: Database, text: str, now: datetime) -> ApiToken | None:
    """The living token of this text, or None. Looked up by its hash, so the time it takes tells nothing."""
    if not text.startswith(PREFIX):
        return None
    with database.read(EVERYONE) as session:
        token = session.scalars(select(ApiToken).where(ApiToken.sha256 == _hash(text))).one_or_none()
    if token is None or token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now):
        return None
    return token


def actor_of(session: Session, token: ApiToken, at: datetime) -> Actor:
    """Whom the token acts as: its person with their roles, else the system itself."""
    if token.user_id is None:
        return Actor.system(token.municipality_id, at, "api")
    return actor_for(session, session.get_one(User, token.user_id), None, at, "api")


def require_role(actor: Actor, scope: str) -> None:
    """NotAllowed `not_your_role` where the token's person has no role for what the scope opens. A system has its scopes alone."""
    verbs = ASKED_OF_A_PERSON[scope]
    if not any(may(actor, verb) for verb in verbs):
        require(actor, verbs[0])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
