"""Sign-in and out, language, which institution one acts for, one's profile; help and the accessibility statement."""

from typing import Any

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import logout_user
from requests.exceptions import RequestException
from sqlalchemy import select

from eshop import people
from eshop.audit import record
from eshop.db import EVERYONE
from eshop.identity import Actor, Municipality, User, check_password
from eshop.notices import HOW_OFTEN
from eshop.web import forms, shortcuts
from eshop.web.guards import (
    Visit,
    back_to,
    database,
    inside,
    known_visit,
    now,
    open_session,
    open_to_all,
    settings,
    signed_in,
)
from eshop.web.navigation import role_name
from eshop.web.texts import gettext

blueprint = Blueprint("account", __name__)
limiter = Limiter(get_remote_address, storage_uri="memory://")


def _who_tries() -> str:
    """Failed attempts count per address and name, so that one shared address does not lock a whole school out."""
    return f"{get_remote_address()} {request.form.get('login', '').strip().lower()[:80]}"


def _failed(response: Response) -> bool:
    return response.status_code == 422


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("10 per minute", key_func=_who_tries, deduct_when=_failed, methods=["POST"])
@limiter.limit("100 per minute", deduct_when=_failed, methods=["POST"])
@open_to_all
def sign_in() -> ResponseReturnValue:
    target = inside(request.values.get("next")) or url_for("shop.start")
    if request.method == "GET":
        return _sign_in_page(target)
    login = request.form.get("login", "").strip()[:120]
    with database().work(EVERYONE) as working:
        user = working.scalars(select(User).where(User.login == login)).one_or_none()
        municipality = None if user is None else working.get(Municipality, user.municipality_id)
        # The demo's well-known passwords open nothing on a machine that others can reach (INTERFACES §4).
        guarded = municipality is not None and municipality.is_demo and settings().is_reached_from_outside
        if not check_password(user, request.form.get("password", "")) or user is None or not user.active or guarded:
            if user is not None:
                record(working, "sign_in_refused", "user", user.id, by=_as_actor(user))
            return _sign_in_page(target, login, error=gettext("The name and the password do not match. Try again")), 422
        record(working, "signed_in", "user", user.id, by=_as_actor(user))
        open_session(user, shared=bool(request.form.get("shared")))
    return redirect(target, 303)


def _sign_in_page(target: str, login: str = "", error: str | None = None) -> str:
    with database().read(EVERYONE) as reading:
        names = reading.scalars(select(Municipality.name).order_by(Municipality.id).limit(2)).all()
    return render_template(
        "account/sign_in.html",
        target=target,
        login=login,
        error=error,
        # Where several municipalities share the shop, nobody knows yet whose door this is.
        municipality=names[0] if len(names) == 1 else "",
        by_oidc=settings().oidc is not None,
    )


def _as_actor(user: User) -> Actor:
    return Actor(user.id, user.name, user.municipality_id, None, now(), "web")


@blueprint.get("/sign-in/organisation")
@open_to_all
def sign_in_by_organisation() -> ResponseReturnValue:
    """To the municipality's own sign-in (OpenID Connect, authorisation code with PKCE)."""
    if settings().oidc is None:
        return redirect(url_for("account.sign_in"), 303)
    session["after_sign_in"] = inside(request.args.get("next")) or url_for("shop.start")
    try:
        return _organisation().authorize_redirect(url_for("account.signed_in_by_organisation", _external=True))
    except RequestException:
        flash(gettext("The municipality's sign-in does not answer right now. Try again in a moment."), "error")
        return redirect(url_for("account.sign_in"), 303)


@blueprint.get("/sign-in/organisation/back")
@open_to_all
def signed_in_by_organisation() -> ResponseReturnValue:
    if settings().oidc is None:
        return redirect(url_for("account.sign_in"), 303)
    target = inside(session.get("after_sign_in")) or url_for("shop.start")
    try:
        told: dict[str, Any] = _organisation().authorize_access_token().get("userinfo") or {}
    except (OAuthError, RequestException):
        flash(gettext("The sign-in was not completed. Try again."), "error")
        return redirect(url_for("account.sign_in"), 303)
    with database().work(EVERYONE) as working:
        subject = f"{told.get('iss', '')} {told.get('sub', '')}"
        user = working.scalars(select(User).where(User.oidc_subject == subject, User.active)).one_or_none()
        if user is None and told.get("preferred_username"):
            # The first time, the organisation's user name ties the two together; after that only the subject counts.
            known = select(User).where(
                User.login == told["preferred_username"], User.oidc_subject.is_(None), User.active
            )
            user = working.scalars(known).one_or_none()
            if user is not None:
                user.oidc_subject = subject
        if user is None:
            flash(gettext("You are not set up in the shop yet. Ask your manager or Purchasing."), "error")
            return redirect(url_for("account.sign_in"), 303)
        record(working, "signed_in", "user", user.id, by=_as_actor(user))
        open_session(user, shared=False)
    return redirect(target, 303)


@blueprint.post("/sign-out")
@signed_in
def sign_out(_visit: Visit) -> ResponseReturnValue:
    language = session.get("language")
    logout_user()
    session.clear()
    if language:
        session["language"] = language
    flash(gettext("You are signed out. Your basket is kept."), "info")
    return redirect(url_for("account.sign_in"), 303)


@blueprint.post("/session/stay")
@signed_in
def stay(_visit: Visit) -> ResponseReturnValue:
    """The answer to "are you still there": being here is enough."""
    if request.headers.get("Accept", "").startswith("application/json"):
        return "", 204
    return redirect(back_to(url_for("shop.start")), 303)


@blueprint.get("/language/<any(da,en):code>")
@open_to_all
def language(code: str) -> ResponseReturnValue:
    session["language"] = code
    return redirect(inside(request.args.get("next")) or url_for("shop.start"), 303)


@blueprint.post("/institution")
@signed_in
def choose_institution(visit: Visit) -> ResponseReturnValue:
    """Changes prices, lists, budget and basket; each institution has its own basket."""
    chosen = request.form.get("institution", "")
    reached = {str(one.id): one for one in visit.units}
    preferences = dict(visit.user.preferences)
    if chosen in reached:
        session["institution_id"] = preferences["institution_id"] = reached[chosen].id
        flash(gettext("You now act for %(institution)s.", institution=reached[chosen].name), "info")
    elif not chosen:
        session.pop("institution_id", None)
        preferences.pop("institution_id", None)
    visit.user.preferences = preferences
    return redirect(inside(request.form.get("next")) or url_for("shop.start"), 303)


@blueprint.get("/profile")
@signed_in
def profile(visit: Visit) -> ResponseReturnValue:
    names = {one.id: one.name for one in visit.units}
    held = [
        (role_name(grant.role), gettext("The whole municipality") if grant.institutions is None
         else ", ".join(sorted(names[one] for one in grant.institutions if one in names)))
        for grant in visit.actor.roles
    ]  # fmt: skip
    return render_template(
        "account/profile.html",
        preferences=visit.user.preferences,
        roles=held,
        actions=shortcuts.ACTIONS if visit.may("see_invoices") else {},
        letters={**{action: action for action in shortcuts.ACTIONS}, **shortcuts.letters(visit)},
    )


@blueprint.post("/profile")
@signed_in
def save_profile(visit: Visit) -> ResponseReturnValue:
    chosen = forms.choice(request.form, "language", ("da", "en"), "da")
    visit.user.preferences = {
        **visit.user.preferences,
        "language": chosen,
        "shortcuts": bool(request.form.get("shortcuts")),
        "notices": forms.choice(request.form, "notices", HOW_OFTEN, "at_once"),
        "view": forms.choice(request.form, "view", ("grid", "list"), "grid"),
    }
    letters = shortcuts.chosen({action: request.form.get(f"key-{action}", "") for action in shortcuts.ACTIONS})
    session["language"] = chosen
    if letters is None:
        flash(gettext("Each key must be one letter, and no two the same. The keys are as before."), "warning")
    else:
        visit.user.preferences = {**visit.user.preferences, "letters": letters}
    flash(gettext("Your profile is saved."), "success")
    return redirect(url_for("account.profile"), 303)


@blueprint.post("/profile/password")
@limiter.limit("10 per minute", methods=["POST"])
@signed_in
def change_password(visit: Visit) -> ResponseReturnValue:
    if not check_password(visit.user, request.form.get("present", "")):
        flash(gettext("That is not your password. Try again"), "error")
        return redirect(url_for("account.profile") + "#password", 303)
    people.choose_password(visit.session, visit.user, request.form.get("chosen", ""), visit.actor)
    session["epoch"] = visit.user.session_epoch  # this session goes on, the others end
    flash(gettext("Your password is changed."), "success")
    return redirect(url_for("account.profile"), 303)


@blueprint.get("/help")
@open_to_all
def guide() -> ResponseReturnValue:
    with known_visit():
        return render_template("account/help.html")


@blueprint.get("/accessibility")
@open_to_all
def accessibility() -> ResponseReturnValue:
    with known_visit():
        return render_template("account/accessibility.html")


def help_links() -> list[tuple[str, str]]:
    """The same help in the footer of every page, last in the menu on a phone."""
    links = [(url_for("account.guide"), gettext("Help and guides"))]
    visit = g.get("visit")
    phone = visit.town.settings.get("help_phone") if visit is not None else None
    if phone:
        links.append((f"tel:{phone.replace(' ', '')}", gettext("Call Purchasing: %(phone)s", phone=phone)))
    return [*links, (url_for("account.accessibility"), gettext("Accessibility statement"))]


def _organisation() -> Any:
    """The client of the organisation's sign-in, of this application."""
    return current_app.extensions["authlib.integrations.flask_client"].organisation


def prepare_oidc() -> None:
    """Makes the organisation's sign-in known to the client library, where the operator has set one."""
    given = settings().oidc
    oauth = OAuth(current_app)
    if given is not None:
        oauth.register(
            "organisation",
            client_id=given.client_id,
            client_secret=given.client_secret,
            server_metadata_url=f"{given.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
        )
