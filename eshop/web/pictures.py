"""Pictures of items from our own host, and the hosts that the server may fetch them from."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import catalogues
from eshop.web import forms
from eshop.web.guards import Visit, access, reading_as_signed_in
from eshop.web.texts import gettext

blueprint = Blueprint("pictures", __name__)
FOR_EVER = 365 * 24 * 3600


@blueprint.get("/pictures/<int:picture_id>/<string:size>.webp")
def show(picture_id: int, size: str) -> ResponseReturnValue:
    """For anybody who has signed in. The session is not touched: a page's many pictures would write its cookie over one another."""
    with reading_as_signed_in("shop") as session:
        data, mark = catalogues.picture_bytes(session, picture_id, size)
    answer = Response(data, mimetype="image/webp")
    answer.set_etag(f"{mark}-{size}")
    # The address carries the picture's mark: another picture has another address.
    answer.headers["Cache-Control"] = f"private, max-age={FOR_EVER}, immutable"
    return answer.make_conditional(request)


show.access = "signed in"  # type: ignore[attr-defined]


@blueprint.get("/settings/pictures")
@access("manage_settings")
def hosts(visit: Visit) -> ResponseReturnValue:
    return render_template(
        "pictures/hosts.html",
        hosts=catalogues.picture_hosts(visit.session),
        state=catalogues.picture_state(visit.session),
    )


@blueprint.post("/settings/pictures")
@access("manage_settings")
def set_hosts(visit: Visit) -> ResponseReturnValue:
    """The whole list, or one host more."""
    written = (forms.text(request.form, "hosts", 4000) or "").replace(",", "\n").splitlines()
    if more := forms.text(request.form, "more", 255):
        written = [*catalogues.picture_hosts(visit.session), more]
    catalogues.set_picture_hosts(visit.session, written, visit.actor)
    flash(gettext("The list is saved. Pictures come in the next few minutes."), "success")
    return redirect(url_for("pictures.hosts"), 303)
