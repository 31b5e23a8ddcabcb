"""What a whole catalogue leaves out. A file may be a list of what has changed, sent as if it were everything: before it empties a
catalogue, whoever takes it live has to say what becomes of the rest, by whatever door."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from catalogues.items import CatalogueLine, CatalogueVersion, count_live
from eshop.db import lock
from eshop.errors import Conflict
from eshop.identity import Actor, require

MANY_GO: Final = 4
FEW_GO: Final = 20
SHEETS: Final = ("excel", "csv")

Missing = Literal["keep", "go"]


def _goes(version: CatalogueVersion) -> Any:
    return and_(
        CatalogueLine.version_id == version.id,
        CatalogueLine.result == "accepted",
        CatalogueLine.kind == "removed",
        CatalogueLine.selected,
    )


def going_out(session: Session, version: CatalogueVersion) -> tuple[int, int]:
    """How many items go out, because they are not in it, if the version is taken as it is selected now, and of how many that are live
    today. What a supplier deletes by name is not left out."""
    going = 0
    if version.action == "Replace":
        going = session.scalar(select(func.count()).select_from(CatalogueLine).where(_goes(version))) or 0
    return going, count_live(session, version.agreement_id)


def many_go(going: int, live: int) -> bool:
    """Where one in four of the items that are live goes out, the file may be a list of what has changed, not the whole catalogue."""
    return going * MANY_GO >= live > 0


def asks_what_becomes(version: CatalogueVersion, going: int, live: int) -> bool:
    """Whether it has to be said. A sheet cannot say that it is the whole; a document does, and is believed about a handful of items."""
    return many_go(going, live) and (going >= FEW_GO or version.document_format in SHEETS)


def settle(session: Session, version: CatalogueVersion, lines: str | Sequence[int], missing: Missing | None) -> None:
    """Before the switch: Conflict `many_items_go` where it has to be said what becomes of what is left out, and is not. Whoever takes
    "all", or names the lines one by one, has said it."""
    if missing == "keep":
        _keep(session, version)
    elif missing is None and version.removed and lines == "preselected":
        going, live = going_out(session, version)
        if asks_what_becomes(version, going, live):
            raise Conflict("many_items_go", going=going, live=live)


def keep_items(session: Session, version: CatalogueVersion, by: Actor) -> None:
    """Nothing goes out: a file that says only what is new is no whole catalogue. The items that are not in it keep their price.

    Conflict `not_now` once the version is decided. NotAllowed without the role.
    """
    require(by, "accept_catalogue")
    version = lock(session, CatalogueVersion, version.id)
    if version.state != "waiting":
        raise Conflict("not_now", thing="catalogue version", verb="choose", state=version.state)
    _keep(session, version)


def _keep(session: Session, version: CatalogueVersion) -> None:
    session.execute(update(CatalogueLine).where(_goes(version)).values(selected=False))
