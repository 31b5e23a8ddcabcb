"""Who may call what, the one unit of work behind a call, and how a refusal looks (RFC 9457, `application/problem+json`).

    @blueprint.route("/orders", methods=["POST"])
    @needs("orders:write")
    @blueprint.arguments(OrderPlaced)
    @blueprint.response(201, OrderShown)
    def place(call, body): ...

A GET reads (`Database.read`); anything else works (`Database.work`) and is committed once, when the view has answered. The body is there
before the work begins: a slow caller holds nobody up. A POST with an `Idempotency-Key` is carried out once: the key is kept in the same
transaction, and the same call again gets the first answer.
Errors of the rooms become answers here and nowhere else.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final

from flask import Response, current_app, make_response, request
from marshmallow import Schema
from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from eshop.answers import finding_shown
from eshop.db import Base, Owned, id_column
from eshop.errors import BadInput, Conflict, EshopError, NotAllowed, NotFound, Stale
from eshop.findings import Finding
from eshop.identity import PERMISSIONS, Actor
from eshop.tokens import ApiToken, actor_of, find_token, require_role
from eshop.wording import sentence, shown_value

PROBLEM: Final = "application/problem+json"
MEDIA_TYPE: Final = "application/json"
LONGEST_KEY: Final = 120
PIECE: Final = 2**20


class IdempotencyKey(Owned, Base):
    """A call that has been carried out: the fingerprint of what was asked and the answer that was given."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("municipality_id", "token_id", "key"),)
    id: Mapped[int] = id_column()
    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id"))
    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None] = mapped_column(Integer)
    body: Mapped[str | None]
    location: Mapped[str | None]
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API: the session it works in and who does it; and the file it brings, where the view takes one."""

    session: Session
    actor: Actor
    token: ApiToken
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Brought:
    """What a call brings: the fingerprint of its method, address and body, and the file the body was put in where the view takes one."""

    fingerprint: str
    file: Path | None = None


class Unauthenticated(EshopError):
    """No token, or none that we know."""


def house() -> Any:
    """`.settings`, `.database` and `.now()` (see `eshop.app.House`)."""
    return current_app.extensions["eshop"]


def needs(scope: str, largest_file: int | None = None) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """A view for tokens that hold `scope`, and whose person has a role for it. The view is given a `Call` first, then what the schemas
    parsed. With `largest_file` (bytes) the body is a file: `call.file`, on disk."""

    def state(view: Callable[..., Any]) -> Callable[..., Response]:
        @wraps(view)
        def guarded(**values: Any) -> Response:
            token = authenticate()
            if scope not in token.scopes:
                raise NotAllowed("scope_missing", scope=scope)
            if request.method in ("GET", "HEAD"):
                with house().database.read(token.municipality_id) as session:
                    return _tagged(make_response(view(_call(session, token, scope), **values)))
            with _brought(largest_file) as body:

                def carried_out(session: Session) -> Response:
                    return make_response(view(_call(session, token, scope, body.file), **values))

                return _work(carried_out, token, body.fingerprint)

        guarded.access = scope  # type: ignore[attr-defined]
        _document(guarded, scope)
        return guarded

    return state


def open_to_all(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view that anybody may read: the description of the API, and whether the shop is up."""
    view.access = "open"  # type: ignore[attr-defined]
    return view


def authenticate() -> ApiToken:
    """The token of the request. Unauthenticated `token_missing` or `token_unknown`."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise Unauthenticated("token_missing")
    token = find_token(house().database, text.strip(), house().now())
    if token is None:
        raise Unauthenticated("token_unknown")
    return token


def _call(session: Session, token: ApiToken, scope: str, file: Path | None = None) -> Call:
    actor = actor_of(session, token, house().now())
    require_role(actor, scope)
    return Call(session, actor, token, file)


@contextmanager
def _brought(largest_file: int | None) -> Iterator[Brought]:
    """The whole body, or 413: what comes in chunks would otherwise be cut at the limit without a word."""
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if largest_file is None:
        body = request.get_data(cache=True)
        if request.content_length is None and len(body) >= (request.max_content_length or len(body) + 1):
            raise RequestEntityTooLarge
        digest.update(body)
        yield Brought(digest.hexdigest())
        return
    request.max_content_length = largest_file
    with tempfile.NamedTemporaryFile() as kept:
        while piece := request.stream.read(PIECE):
            digest.update(piece)
            kept.write(piece)
        kept.flush()
        yield Brought(digest.hexdigest(), Path(kept.name))


def _work(view: Callable[[Session], Response], token: ApiToken, fingerprint: str) -> Response:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        with house().database.work(token.municipality_id) as session:
            return view(session)
    if len(key) > LONGEST_KEY:
        raise BadInput("idempotency_key_too_long", most=LONGEST_KEY)
    try:
        return _once(view, token, key, fingerprint)
    except IntegrityError:
        # The same call came twice at once and the other one was first: its answer is there now.
        return _once(view, token, key, fingerprint)


def _once(view: Callable[[Session], Response], token: ApiToken, key: str, fingerprint: str) -> Response:
    with house().database.work(token.municipality_id) as session:
        kept = session.scalars(
            select(IdempotencyKey).where(IdempotencyKey.token_id == token.id, IdempotencyKey.key == key)
        ).one_or_none()
        if kept is not None:
            if kept.fingerprint != fingerprint:
                raise Conflict("idempotency_key_reused", key=key)
            headers = {"Idempotent-Replayed": "true", **({"Location": kept.location} if kept.location else {})}
            return Response(kept.body, kept.status, headers, mimetype=MEDIA_TYPE)
        kept = IdempotencyKey(token_id=token.id, key=key, fingerprint=fingerprint, at=house().now())
        session.add(kept)
        session.flush()
        answer = view(session)
        kept.status, kept.body = answer.status_code, answer.get_data(as_text=True)
        kept.location = answer.headers.get("Location")
        return answer


def etag_of(shown: Any) -> str:
    """The entity tag of an object as the API shows it: the hash of its JSON."""
    text = json.dumps(shown, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _tagged(answer: Response) -> Response:
    if answer.status_code != 200:
        return answer
    if answer.get_etag()[0] is None and answer.mimetype == MEDIA_TYPE:
        answer.set_etag(etag_of(json.loads(answer.get_data(as_text=True))))
    if answer.get_etag()[0] is not None:
        answer.make_conditional(request)
    return answer


def visible_institutions(call: Call, verb: str) -> frozenset[int] | None:
    """The institutions whose things the caller may see; None is all of them. A system's token sees its municipality."""
    allowed = PERMISSIONS[verb]
    grants = [grant for grant in call.actor.roles if grant.role in allowed]
    if call.actor.is_system or any(grant.institutions is None for grant in grants):
        return None
    return frozenset().union(*(grant.institutions or frozenset() for grant in grants))


def require_unchanged(thing: Any, schema: type[Schema]) -> None:
    """Stale `changed_meanwhile` when the caller's `If-Match` names another state than the thing is in now, as `schema` shows it."""
    require_tag(etag_of(schema().dump(thing)))


def require_tag(tag: str) -> None:
    """As `require_unchanged`, of what is known by this entity tag."""
    if request.if_match and not request.if_match.contains(tag):
        raise Stale("changed_meanwhile")


def _document(view: Callable[..., Any], scope: str) -> None:
    """Says the scope, and what every call can answer, in the OpenAPI description."""
    doc: dict[str, Any] = getattr(view, "_apidoc", {})
    manual = doc.setdefault("manual_doc", {})
    manual["security"] = [{"bearer": [scope]}]
    for status, words in (("401", "No valid token"), ("403", "The scope or the role is missing"), ("409", "Not now")):
        manual.setdefault("responses", {}).setdefault(status, _problem_described(words))
    view._apidoc = doc  # type: ignore[attr-defined]


def _problem_described(words: str) -> dict[str, Any]:
    return {"description": words, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


# --- how a refusal looks ------------------------------------------------------------------------------------------------

_STATUS: Final[tuple[tuple[type[EshopError], int], ...]] = (
    (Unauthenticated, 401),
    (NotFound, 404),
    (NotAllowed, 403),
    (Stale, 412),
    (Conflict, 409),
    (BadInput, 422),
)


def locale() -> str:
    return request.accept_languages.best_match(["da", "en"]) or "da"


def problem(error: EshopError) -> Response:
    """A room's refusal, with its code and sentence."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 422)
    if isinstance(error, Stale) and not request.if_match:
        status = 409
    findings = error.values.get("findings")
    answer = _problem(
        status,
        error.code,
        sentence(error.code, error.values, locale()),
        values={
            name: shown_value(value, locale())
            for name, value in error.values.items()
            if name != "findings" and isinstance(value, str | int)
        },
        findings=[finding_shown(one, locale()) for one in findings or () if isinstance(one, Finding)],
    )
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="eshop"'
    return answer


def http_problem(error: HTTPException) -> Response:
    """What the web framework refuses (unknown address, wrong method, a body that is no JSON or misses a field)."""
    status = error.code or 500
    data = getattr(error, "data", None) or {}
    code = _HTTP_CODES.get(status, "internal_error" if status >= 500 else "bad_request")
    messages = data.get("messages") or {}
    if status == 422 and "json" in messages and request.content_length and not request.is_json:
        status, code, messages = 415, "json_expected", {}
    fields = [_field_shown(path, words) for path, words in _leaves(messages)]
    values = _sizes() if status == 413 else {}
    answer = _problem(status, code, sentence(code, values, locale()), values={}, findings=fields)
    for name, value in error.get_headers() if status == 405 else ():
        if name == "Allow":
            answer.headers[name] = value
    return answer


_HTTP_CODES: Final = {
    404: "no_such_address",
    405: "method_not_allowed",
    413: "document_too_large",
    415: "media_type_not_known",
    422: "bad_request",
    429: "too_many_requests",
}


_FIELD_CODES: Final = {
    "Missing data for required field.": "missing_field",
    "Field may not be null.": "missing_field",
    "Unknown field.": "unknown_field",
}
"""What the schemas say of a field → the code we have for it."""


def _field_shown(path: tuple[Any, ...], words: str) -> dict[str, Any]:
    """A field that cannot be used, by our codes; in English with the schema's own words of what is expected."""
    where = ".".join(map(str, path))
    code = _FIELD_CODES.get(words, "bad_field")
    inside, _, field = where.rpartition(".")
    text = sentence(code, {"where": where if code == "bad_field" else inside, "field": field}, locale())
    if code == "bad_field" and locale() == "en":
        text = f"{text} {words}"
    return {"code": code, "severity": "error", "where": where, "rule": None, "text": text}


def _sizes() -> dict[str, int]:
    """For 413: how large the body is (at least, where it comes in chunks) and what is taken."""
    most = request.max_content_length or 0
    return {"size": request.content_length or most + 2**20, "size_limit": most}


def _leaves(messages: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], str]]:
    if isinstance(messages, Mapping):
        return [leaf for name, inner in messages.items() for leaf in _leaves(inner, (*path, name))]
    return [(path, str(one)) for one in (messages if isinstance(messages, list) else [messages])]


def _problem(status: int, code: str, text: str, **more: Any) -> Response:
    body = {"type": f"urn:eshop:problem:{code}", "title": text, "status": status, "detail": text, "code": code, **more}
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype=PROBLEM)
