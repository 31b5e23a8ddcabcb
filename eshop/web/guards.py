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
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, wraps
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from flask import Response, current_app, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import LoginManager, UserMixin, current_user, logout_user
from flask_wtf import CSRFProtect
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from eshop.config import Settings
from eshop.db import EVERYONE, Database
from eshop.errors import BadInput, Conflict, EshopError, NotAllowed, NotFound
from eshop.identity import (
    Actor,
    Institution,
    Municipality,
    Role,
    User,
    actor_for,
    institutions_of,
    may,
    require,
    the_municipality,
)
from eshop.web.filters import locale
from eshop.wording import sentence

SHARED_PC: Final = timedelta(minutes=10)
OWN_PC: Final = timedelta(hours=8)
WARN_BEFORE: Final = timedelta(seconds=60)

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


class SignedIn(UserMixin):
    """The person of the session cookie: id and municipality; everything else is read afresh on each request."""

    def __init__(self, user_id: int, municipality_id: int) -> None:
        self.user_id = user_id
        self.municipality_id = municipality_id

    def get_id(self) -> str:
        return str(self.user_id)


@people.user_loader
def _load(user_id: str) -> SignedIn | None:
    with database().read(EVERYONE) as reading:
        user = reading.scalars(select(User).where(User.id == int(user_id), User.active)).one_or_none()
        if user is None or user.session_epoch != session.get("epoch"):
            return None
        return SignedIn(user.id, user.municipality_id)


@dataclass
class Visit:
    """One signed-in request: the session it works in, who does it, and where."""

    session: Session
    user: User
    actor: Actor

    @cached_property
    def municipality(self) -> Municipality:
        return the_municipality(self.session)

    @cached_property
    def institutions(self) -> list[Institution]:
        """Those the person may act for."""
        return institutions_of(self.session, self.actor)

    @cached_property
    def institution(self) -> Institution | None:
        return next((one for one in self.institutions if one.id == self.actor.institution_id), None)

    def may(self, verb: str, institution_id: int | None = None) -> bool:
        return may(self.actor, verb, institution_id)

    def require(self, verb: str, institution_id: int | None = None) -> None:
        """Decides access to a thing that has been loaded, before it is acted on."""
        require(self.actor, verb, institution_id)

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.actor.roles if grant.of in (None, self.user.id))


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
        if not current_user.is_authenticated:
            return _to_sign_in()
        if _stood_still():
            logout_user()
            session.clear()
            flash(gettext("You were signed out because the computer stood still. Your basket is kept."), "info")
            return _to_sign_in()
        if request.method in ("GET", "HEAD"):
            with database().read(current_user.municipality_id) as reading:
                return make_response(_act(reading, view, verb, values))
        csrf.protect()
        try:
            with database().work(current_user.municipality_id) as working:
                return make_response(_act(working, view, verb, values))
        except (Conflict, BadInput) as error:
            # Nothing was committed; the page it came from says why, as it stands now.
            g.pop("visit", None)
            flash(sentence(error.code, error.values, locale()), "error")
            return redirect(back_to(url_for("shop.start")), 303)

    guarded.access = verb or "signed in"  # type: ignore[attr-defined]
    return guarded


def _act(
    opened: Session, view: Callable[..., ResponseReturnValue], verb: str | None, values: dict[str, Any]
) -> ResponseReturnValue:
    user = opened.get_one(User, current_user.user_id)
    at = now()
    actor = actor_for(opened, user, None, at, "web")
    visit = Visit(opened, user, actor)
    visit.actor = replace(actor, institution_id=_place(visit))
    g.visit = visit
    if verb is not None:
        require(visit.actor, verb)
    session["seen"] = int(at.timestamp())
    return view(visit, **values)


def _place(visit: Visit) -> int | None:
    """The institution the person acts for: the one chosen, else the one used last, else their first. Somebody whose roles
    are all for the whole municipality acts for none until they choose one."""
    reached = [one.id for one in visit.institutions]
    for chosen in (session.get("institution_id"), visit.user.preferences.get("institution_id")):
        if chosen in reached:
            return chosen
    if all(grant.institutions is None for grant in visit.actor.roles):
        return None
    own = [min(grant.institutions) for grant in visit.actor.roles if grant.institutions and grant.of == visit.user.id]
    return own[0] if own and own[0] in reached else reached[0] if reached else None


def stay_signed_in() -> timedelta:
    """How long the session lives without activity."""
    return SHARED_PC if session.get("shared") else OWN_PC


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
        self._reading = None
        g.pop("visit", None)
        try:
            known = current_user.is_authenticated and not _stood_still()
        except Exception:  # noqa: BLE001 - an error page must be shown even where the database is what failed
            return
        if not known:
            return
        self._reading = database().read(current_user.municipality_id)
        opened = self._reading.__enter__()
        user = opened.get_one(User, current_user.user_id)
        visit = Visit(opened, user, actor_for(opened, user, None, now(), "web"))
        visit.actor = replace(visit.actor, institution_id=_place(visit))
        g.visit = visit

    def __exit__(self, *error: object) -> None:
        g.pop("visit", None)
        if self._reading is not None:
            self._reading.__exit__(None, None, None)
