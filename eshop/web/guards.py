"""Who may see which page, and the one unit of work behind it.

Every view states its access, and a test reads it off the view (`view.access`):

    @blueprint.get("/basket")
    @access("order")                # a verb of eshop.identity.PERMISSIONS
    def basket(visit): ...

`access` loads the person, decides, and only then acts: a GET reads (`Database.read`), a POST works (`Database.work`) and is
committed once, when the view has answered without an error. `open_to_all` is for the few pages before sign-in, `signed_in` for
pages that anybody who has signed in may see. Errors of the rooms are turned into pages here and nowhere else.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, wraps
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

from flask import Response, current_app, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from eshop.config import Settings
from eshop.db import Database
from eshop.errors import BadInput, Conflict, EshopError, NotAllowed, NotFound
from eshop.identity import Actor, Institution, Municipality, Role, User, may, require
from eshop.signing_on import SignedOn, Unit, municipality_of, sign_on, user_of
from eshop.web.filters import locale
from eshop.web.texts import gettext
from eshop.wording import sentence

SHARED_PC: Final = timedelta(minutes=10)
OWN_PC: Final = timedelta(hours=8)
WARN_BEFORE: Final = timedelta(seconds=60)
ONCE_IN: Final = 100
"""It is written down again that somebody is here when this part of their stay has passed: after 6 seconds of the 10 minutes of a shared
computer, 5 minutes of the 8 hours of one's own. A page in between needs no new cookie. How long the session still lives is told from what
is written down (`stay_seconds`)."""

SCANNING: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; media-src 'self' blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""The pages that scan, to count and to search, may also compile the reader of barcodes and show what the camera sees; no other may."""

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

csrf = CSRFProtect()
people = LoginManager()


def house() -> Any:
    """What the application stands on: `.database`, `.settings` and `.now()`; put there by `create_app`."""
    return current_app.extensions["eshop"]


def database() -> Database:
    return house().database


def settings() -> Settings:
    return house().settings


def now() -> datetime:
    return house().now()


class Claim(UserMixin):  # type: ignore[misc]
    """Whom the signed cookie of a session names. Whether they may still come in, the database says (`_admitted`)."""

    def __init__(self, user_id: int, municipality_id: int) -> None:
        self.user_id = user_id
        self.municipality_id = municipality_id

    def get_id(self) -> str:
        return f"{self.municipality_id}:{self.user_id}"


@people.user_loader
def _claim(named: str) -> Claim | None:
    """Nobody is asked for here: a page begins with one reading, and that is when the person is looked up."""
    municipality_id, _, user_id = named.partition(":")
    return Claim(int(user_id), int(municipality_id)) if user_id.isdigit() and municipality_id.isdigit() else None


def claimed() -> Claim | None:
    return current_user._get_current_object() if current_user.is_authenticated else None  # type: ignore[no-any-return]


def open_session(user: User, shared: bool) -> None:
    """The person has signed in: a session that names them, until its epoch is over; the language chosen before stays."""
    chosen = user.preferences.get("language") or session.get("language")
    session.clear()
    login_user(Claim(user.id, user.municipality_id))
    session.update(epoch=user.session_epoch, shared=shared, seen=int(now().timestamp()))
    if chosen:
        session["language"] = chosen


def _admitted(opened: Session, claim: Claim) -> SignedOn | None:
    """The person, if they are there, active, and have not ended their sessions since (a new password does)."""
    found = sign_on(opened, claim.user_id, now(), "web")
    if found is None or not found.person.active or found.person.session_epoch != session.get("epoch"):
        return None
    return found


@contextmanager
def reading_as_signed_in(verb: str) -> Iterator[Session]:
    """A reading for what is no page of its own. NotAllowed `needs_a_person` for whoever has not signed in."""
    claim = claimed()
    if claim is None:
        raise NotAllowed("needs_a_person", verb=verb)
    with database().read(claim.municipality_id) as reading:
        if _admitted(reading, claim) is None:
            raise NotAllowed("needs_a_person", verb=verb)
        yield reading


@dataclass
class Visit:
    """One signed-in request: the session it works in, who does it, and where."""

    session: Session
    person: Any
    """Who has signed in, and `town` their municipality: the columns of User and Municipality, to be read."""
    town: Any
    actor: Actor
    units: Sequence[Unit] = field(repr=False)
    """Those the person may act for."""

    @classmethod
    def of(cls, opened: Session, found: SignedOn) -> Self:
        """The person at the institution they chose, or at their own."""
        actor = replace(found.actor, institution_id=_place(found))
        return cls(opened, found.person, found.town, actor, found.units)

    @property
    def short_name(self) -> str:
        """As it stands at the top of every page: 'Jens Holm', and 'Mette K.' of three names or more."""
        names = self.person.name.split()
        return self.person.name if len(names) < 3 else f"{names[0]} {names[1][0]}."  # type: ignore[no-any-return]

    @cached_property
    def user(self) -> User:
        """The person, to be changed or handed to a room."""
        return user_of(self.session, self.person)

    @cached_property
    def municipality(self) -> Municipality:
        """Theirs, likewise."""
        return municipality_of(self.session, self.town)

    @cached_property
    def unit(self) -> Unit | None:
        """The institution the person acts for, by name."""
        return next((one for one in self.units if one.id == self.actor.institution_id), None)

    @cached_property
    def institution(self) -> Institution | None:
        """The same with all that is known of it."""
        return None if self.unit is None else self.session.get(Institution, self.unit.id)

    def may(self, verb: str, institution_id: int | None = None) -> bool:
        return may(self.actor, verb, institution_id)

    def require(self, verb: str, institution_id: int | None = None) -> None:
        """Decides access to a thing that has been loaded, before it is acted on."""
        require(self.actor, verb, institution_id)

    @cached_property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.actor.roles if grant.of in (None, self.person.id))


def open_to_all(view: View) -> View:
    """A page before sign-in. It is given nothing, and protects its own POST."""

    @wraps(view)
    def guarded(**values: Any) -> ResponseReturnValue:
        if request.method == "POST":
            csrf.protect()
        return view(**values)

    guarded.access = "open"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def signed_in(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """A page for anybody who has signed in."""
    return _guard(view, None)


def access(verb: str) -> Callable[[Callable[..., ResponseReturnValue]], Callable[..., ResponseReturnValue]]:
    """A page for whoever may say `verb`, at one institution at least; a thing's own institution is decided once it is loaded."""

    def state(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
        return _guard(view, verb)

    return state


def _guard(view: Callable[..., ResponseReturnValue], verb: str | None) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def guarded(**values: Any) -> ResponseReturnValue:
        claim = claimed()
        if claim is None:
            return _to_sign_in()
        if _stood_still():
            logout_user()
            session.clear()
            flash(gettext("You were signed out because the computer stood still. Your basket is kept."), "info")
            return _to_sign_in()
        if request.method in ("GET", "HEAD"):
            with database().read(claim.municipality_id) as reading:
                return make_response(_act(reading, claim, view, verb, values))
        csrf.protect()
        try:
            with database().work(claim.municipality_id) as working:
                return make_response(_act(working, claim, view, verb, values))
        except (Conflict, BadInput) as error:
            # Nothing was committed; the page it came from says why, as it stands now.
            g.pop("visit", None)
            flash(sentence(error.code, error.values, locale()), "error")
            return redirect(back_to(url_for("shop.start")), 303)

    guarded.access = verb or "signed in"  # type: ignore[attr-defined]
    return guarded


def _act(
    opened: Session,
    claim: Claim,
    view: Callable[..., ResponseReturnValue],
    verb: str | None,
    values: dict[str, Any],
) -> ResponseReturnValue:
    found = _admitted(opened, claim)
    if found is None:
        return _to_sign_in()
    visit = Visit.of(opened, found)
    g.visit = visit
    if verb is not None:
        require(visit.actor, verb)
    at = int(visit.actor.at.timestamp())
    if at - session.get("seen", 0) >= stay_signed_in().total_seconds() / ONCE_IN:
        session["seen"] = at
    return view(visit, **values)


def _place(found: SignedOn) -> int | None:
    """The institution the person acts for: the one chosen, else the one used last, else their first. Somebody whose roles
    are all for the whole municipality acts for none until they choose one."""
    reached, roles = [one.id for one in found.units], found.actor.roles
    for chosen in (session.get("institution_id"), found.person.preferences.get("institution_id")):
        if chosen in reached:
            return chosen
    if all(grant.institutions is None for grant in roles):
        return None
    own = [min(grant.institutions) for grant in roles if grant.institutions and grant.of == found.person.id]
    return own[0] if own and own[0] in reached else reached[0] if reached else None


def stay_signed_in() -> timedelta:
    """How long the session lives without activity."""
    return SHARED_PC if session.get("shared") else OWN_PC


def stay_seconds() -> int:
    """Until the session ends, where nothing more happens: the page warns before."""
    return int(stay_signed_in().total_seconds() - max(now().timestamp() - session.get("seen", now().timestamp()), 0))


def _stood_still() -> bool:
    seen = session.get("seen")
    return seen is not None and now().timestamp() - seen > stay_signed_in().total_seconds()


def _to_sign_in() -> ResponseReturnValue:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    target = url_for("account.sign_in", next=wanted if wanted != "/" else None)
    if request.headers.get("HX-Request"):
        answer = Response(status=204)
        answer.headers["HX-Redirect"] = target
        return answer
    return redirect(target, 303)


def inside(target: str | None) -> str | None:
    """A path of this site, or None: nobody is sent elsewhere by a link they were given."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


def back_to(otherwise: str) -> str:
    """Where the form came from (its `next` field, else the page it stood on), inside this site."""
    given = inside(request.form.get("next"))
    if given:
        return given
    referrer = urlsplit(request.referrer or "")
    if referrer.netloc == request.host and referrer.path:
        return referrer.path + (f"?{referrer.query}" if referrer.query else "")
    return otherwise


def _error_page(status: int, template: str, **values: Any) -> tuple[str, int]:
    return render_template(f"errors/{template}.html", **values), status


def show_error(error: EshopError) -> ResponseReturnValue:
    """A room's refusal as a page. What a GET cannot do is a page; what a POST cannot do was told where it came from."""
    said = sentence(error.code, error.values, locale())
    with known_visit():
        if isinstance(error, NotFound):
            return _error_page(404, "not_found", said=None)
        if isinstance(error, NotAllowed):
            return _error_page(403, "not_allowed", said=said, who=error.values.get("who"))
        if isinstance(error, Conflict):
            return _error_page(409, "conflict", said=said)
        return _error_page(400, "bad_input", said=said)


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    with known_visit():
        if error.code == 404:
            return _error_page(404, "not_found", said=None)
        if error.code == 405:
            return _error_page(405, "not_found", said=None)
        if error.code == 413:
            return _error_page(413, "bad_input", said=gettext("The file is too large."))
        if error.code == 429:
            return _error_page(
                429, "bad_input", said=gettext("Too many attempts. Wait a minute and try again, or call Purchasing.")
            )
        return _error_page(
            error.code or 400, "bad_input", said=gettext("The page has been open for a long time. Try again.")
        )


def show_our_fault(error: Exception) -> ResponseReturnValue:
    """A fault of ours: logged with a short number that the person can tell on the phone."""
    fault = secrets.token_hex(2).upper()
    current_app.logger.error(
        "fault %s at %s", fault, request.path, exc_info=getattr(error, "original_exception", error)
    )
    g.pop("visit", None)
    return _error_page(500, "our_fault", number=fault)


class known_visit:  # noqa: N801
    """The layout of a page that is open to all, or of an error: with the menu and the basket of whoever is signed in, read in a unit of
    work of its own, for the one that failed is over."""

    def __enter__(self) -> None:
        self._reading = ExitStack()
        g.pop("visit", None)
        claim = claimed()
        if claim is None or _stood_still():
            return
        try:
            opened = self._reading.enter_context(database().read(claim.municipality_id))
            found = _admitted(opened, claim)
        except Exception:  # noqa: BLE001 - an error page must be shown even where the database is what failed
            return
        if found is not None:
            g.visit = Visit.of(opened, found)

    def __exit__(self, *error: object) -> None:
        g.pop("visit", None)
        self._reading.close()
