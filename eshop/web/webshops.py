"""A supplier's own webshop (punch-out): going there, coming back, and what of the basket the agreement allows.

The basket comes back as a form posted by the supplier's page. No cookie of ours comes with it and nothing in it is believed; the one-time
token of the address says whose visit it ends (`catalogues.punchout`). The person then sees the result on a page of ours, signed in.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

import catalogues
import ordering
from eshop import fetching
from eshop.errors import BadInput, NotAllowed
from eshop.formats import ReturnedBasket, cxml, oci
from eshop.identity import User
from eshop.signing_on import actor_for
from eshop.web import forms, names
from eshop.web.guards import Visit, access, database, now, settings
from eshop.web.texts import gettext

blueprint = Blueprint("webshops", __name__)
LARGEST_BASKET: Final = 4 * 2**20
ANSWER_WITHIN: Final = 10.0


def on_offer() -> list[catalogues.Webshop]:
    """The webshops that the reader of this page may go to, for the links on other pages."""
    visit: Visit | None = g.get("visit")
    if visit is None or visit.unit is None or not visit.may("order", visit.unit.id):
        return []
    return catalogues.webshops(visit.session, visit.actor.today)


@blueprint.get("/webshops")
@access("order")
def overview(visit: Visit) -> ResponseReturnValue:
    return render_template("webshops/overview.html", shops=catalogues.webshops(visit.session, visit.actor.today))


@blueprint.post("/webshops/<int:setup_id>/visits")
@access("order")
def go(visit: Visit, setup_id: int) -> ResponseReturnValue:
    shop = catalogues.webshop(visit.session, setup_id, visit.actor.today)
    begun = catalogues.start_visit(visit.session, shop.setup, visit.actor)
    return redirect(url_for("webshops.show", visit_id=begun.id), 303)


@blueprint.get("/webshops/visits/<int:visit_id>")
@access("order")
def show(visit: Visit, visit_id: int) -> ResponseReturnValue:
    """On the way there, or what came back."""
    begun = catalogues.get_visit(visit.session, visit_id, visit.actor)
    if begun.state != "open":
        lines = catalogues.outcome_of(begun)
        return render_template(
            "webshops/result.html",
            supplier=_supplier_of(visit, begun),
            taken=[line for line in lines if line.refusal is None],
            left_out=[line for line in lines if line.refusal is not None],
        )
    return _leaving(visit, begun)


def _supplier_of(visit: Visit, begun: catalogues.PunchoutVisit) -> str:
    agreement = catalogues.agreement_of_visit(visit.session, begun)
    return names.suppliers(visit.session, [agreement.supplier_id])[agreement.supplier_id]


def _leaving(visit: Visit, begun: catalogues.PunchoutVisit) -> ResponseReturnValue:
    """The page with the one button that leaves. Its policy lets a form go to this webshop, and to no other place."""
    shop = catalogues.webshop(visit.session, begun.setup_id, visit.actor.today)
    token = catalogues.visit_token(begun, settings().secret_key.encode())
    return_to = url_for("webshops.take_back", token=token, _external=True)
    start, fields, said = shop.setup.url, [], None
    if shop.setup.protocol == "cxml":
        try:
            start = _start_page(visit, shop, begun, return_to)
        except BadInput as error:
            said = error
    else:
        version = str(shop.setup.settings.get("version") or oci.VERSIONS[0])
        fields = oci.start_fields(return_to, [(n, v) for n, v in shop.setup.settings["fields"]], version)
    answer = make_response(
        render_template(
            "webshops/leaving.html", shop=shop, start=start, fields=fields, said=said, protocol=shop.setup.protocol
        ),
        502 if said is not None else 200,
    )
    if fields:
        parts = urlsplit(start)
        _let_forms_go_to(answer, f"{parts.scheme}://{parts.netloc}")
    return answer


def _let_forms_go_to(answer: Response, origin: str) -> None:
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self'; form-action 'self' {origin}; frame-ancestors 'none'; base-uri 'none'"
    )


def _start_page(visit: Visit, shop: catalogues.Webshop, begun: catalogues.PunchoutVisit, return_to: str) -> str:
    """Asks the webshop by cXML where the visit begins. BadInput `punchout_refused` with its own words, or why it was not asked."""
    said = shop.setup.settings
    setup = cxml.Setup(
        sender=cxml.Credential(*said["sender"]),
        receiver=cxml.Credential(*said["receiver"]),
        shared_secret=said["shared_secret"],
        cookie=begun.cookie,
        return_to=return_to,
        payload_id=f"{begun.id}.{int(now().timestamp())}@eshop",
        at=now(),
        user=visit.user.login,
        institution="" if visit.unit is None else visit.unit.name,
        agreement=shop.agreement.number,
    )
    answer = fetching.fetch(
        shop.setup.url,
        internal=settings().internal_hosts,
        send=cxml.setup_request(setup),
        headers={"Content-Type": "text/xml; charset=UTF-8"},
        within=ANSWER_WITHIN,
    )
    got = cxml.read_setup_answer(answer.body)
    if got.start is None:
        raise BadInput("punchout_refused", said=got.text[:200], status=got.code)
    start = catalogues.checked_address(got.start)
    if urlsplit(shop.setup.url).scheme == "https" and urlsplit(start).scheme != "https":
        raise BadInput("punchout_url", value=start[:80])
    return start


# --- coming back -------------------------------------------------------------------------------------------------------


@blueprint.post("/webshops/return/<string:token>")
def take_back(token: str) -> ResponseReturnValue:
    """The webshop's page posts the basket here. What was parsed is taken in by one verb, and the token answers no more."""
    claim = catalogues.read_visit_token(token[:400], settings().secret_key.encode())
    basket = _posted_basket()
    with database().work(claim.municipality_id) as session:
        begun = catalogues.open_visit(session, claim, now())
        user = session.get(User, begun.user_id)
        if user is None or not user.active:
            raise NotAllowed("punchout_link")
        by = actor_for(session, user, begun.institution_id, now(), "web")
        ordering.take_returned(session, begun, basket, by)
        return redirect(url_for("webshops.show", visit_id=begun.id), 303)


take_back.access = "one-time token"  # type: ignore[attr-defined]


def _posted_basket() -> ReturnedBasket:
    """The basket of the request: a cXML document, alone or in a field, or OCI's fields. BadInput says what is wrong with it."""
    if (request.content_length or 0) > LARGEST_BASKET:
        raise RequestEntityTooLarge
    if request.mimetype in ("text/xml", "application/xml"):
        return cxml.read_order_message(request.get_data(cache=False))
    if request.mimetype == "multipart/form-data":
        fields: Mapping[str, str] = dict(request.form.items(multi=False))
    else:
        fields = oci.form_fields(request.get_data(cache=False), request.mimetype_params.get("charset"))
    folded = {name.lower(): value for name, value in fields.items()}
    if written := folded.get("cxml-urlencoded"):
        return cxml.read_order_message(_document(written))
    if written := folded.get("cxml-base64"):
        try:
            return cxml.read_order_message(base64.b64decode(written, validate=False))
        except binascii.Error as error:
            raise BadInput("cxml_incomplete", what="cxml-base64") from error
    return oci.read_form(fields)


def _document(written: str) -> bytes:
    """A document that came as text of a field: it is text already, whatever encoding its first line declares."""
    start = written.lstrip("\ufeff \t\r\n")
    if start.startswith("<?xml"):
        start = start.partition("?>")[2]
    return start.encode()


# --- the lead's set-up -------------------------------------------------------------------------------------------------


@blueprint.get("/agreements/<int:agreement_id>/webshop")
@access("manage_agreements")
def setup(visit: Visit, agreement_id: int) -> ResponseReturnValue:
    agreement = catalogues.get_agreement(visit.session, agreement_id)
    known = catalogues.punchout_of(visit.session, agreement.id)
    protocol = forms.choice(request.args, "protocol", catalogues.PROTOCOLS, known.protocol if known else "cxml")
    said = known.settings if known is not None and known.protocol == protocol else {}
    return render_template(
        "webshops/setup.html", agreement=agreement, known=known, protocol=protocol, said=said, versions=oci.VERSIONS
    )


@blueprint.post("/agreements/<int:agreement_id>/webshop")
@access("manage_agreements")
def save_setup(visit: Visit, agreement_id: int) -> ResponseReturnValue:
    agreement = catalogues.get_agreement(visit.session, agreement_id)
    known = catalogues.punchout_of(visit.session, agreement.id)
    if request.form.get("close") and known is not None:
        catalogues.close_punchout(visit.session, known, visit.actor)
        flash(gettext("The webshop is closed. Nobody can go there from here any more."), "success")
        return redirect(url_for("webshops.setup", agreement_id=agreement.id), 303)
    protocol = request.form.get("protocol", "")
    catalogues.record_punchout(
        visit.session, agreement, protocol, request.form.get("url", ""), _given(protocol), visit.actor
    )
    flash(gettext("The webshop is ready. Those who order can go there now."), "success")
    return redirect(url_for("webshops.setup", agreement_id=agreement.id), 303)


def _given(protocol: str) -> dict[str, object]:
    """What the form says; a secret left empty stays as it is."""
    if protocol == "oci":
        fields = oci.checked_fields(forms.text(request.form, "fields", 4000) or "")
        version = forms.choice(request.form, "version", oci.VERSIONS, oci.VERSIONS[0])
        return {"fields": [list(one) for one in fields] or None, "version": version}

    def pair(name: str) -> list[str]:
        return [forms.text(request.form, f"{name}_{part}", 200) or "" for part in ("domain", "identity")]

    return {
        "sender": pair("sender"),
        "receiver": pair("receiver"),
        "shared_secret": forms.text(request.form, "shared_secret", 200),
    }
