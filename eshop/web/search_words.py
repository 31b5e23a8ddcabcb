"""The purchasing lead's work on the search: what people looked for in vain, and which words mean the same."""

from datetime import timedelta
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import catalogues
from eshop.web import forms
from eshop.web.guards import Visit, access
from eshop.web.texts import gettext

blueprint = Blueprint("search_words", __name__)
DAYS: Final = 90


@blueprint.get("/search-words")
@access("manage_agreements")
def show(visit: Visit) -> ResponseReturnValue:
    groups = catalogues.list_synonyms(visit.session)
    known = {phrase for group in groups for phrase in group.phrases}
    return render_template(
        "agreements/search_words.html",
        groups=groups,
        known=known,
        hits=catalogues.zero_hits(visit.session, visit.actor.today - timedelta(days=DAYS)),
        days=DAYS,
        word=forms.text(request.args, "word", 100) or "",
    )


@blueprint.post("/search-words")
@access("manage_agreements")
def save(visit: Visit) -> ResponseReturnValue:
    """The word people use, and the words that items go by."""
    written = ",".join((request.form.get("word", ""), request.form.get("same", "")))
    group = catalogues.set_synonyms(visit.session, [one.strip() for one in written.split(",")], visit.actor)
    flash(
        gettext("“%(word)s” now finds the same as: %(same)s.", word=group.first, same=", ".join(group.phrases[1:])),
        "success",
    )
    return redirect(url_for("search_words.show"), 303)


@blueprint.post("/search-words/<int:group_id>/drop")
@access("manage_agreements")
def drop(visit: Visit, group_id: int) -> ResponseReturnValue:
    group = catalogues.drop_synonyms(visit.session, group_id, visit.actor)
    flash(gettext("“%(word)s” is searched as it is written again.", word=group.first), "success")
    return redirect(url_for("search_words.show"), 303)
