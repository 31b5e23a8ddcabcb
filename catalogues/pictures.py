"""Pictures of items: fetched by the server from the hosts that the municipality allows, kept as two small pictures of our own.

The reader's browser never goes to a supplier. What arrives is taken for hostile: only a few formats are opened, the size is looked at
before a pixel is unpacked, and what is kept is always written anew (no metadata, no scripts, nothing of the file itself).
"""

import hashlib
import io
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column

from catalogues.items import CatalogueLine
from catalogues.particulars import particulars_of
from eshop import audit, jobs
from eshop.db import Base, Owned, id_column, insert_rows
from eshop.errors import BadInput, NotFound
from eshop.identity import Actor, require, the_municipality

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
MOST_BYTES: Final = 8 * 2**20
MOST_PIXELS: Final = 40_000_000
SIZES: Final = {"small": 200, "large": 720}
EACH: Final = 4
"""At most so many pictures of an item."""
TRIES: Final = 5
LISTED_AT_ONCE: Final = 2000
LIST_JOB: Final = "list_pictures"
"""Kind of the worker's job that notes the pictures of a catalogue that went live."""


class ItemPicture(Owned, Base):
    """A picture of an item: waiting to be fetched, kept (`small` and `large` are WebP), or refused with the code of its reason."""

    __tablename__ = "item_picture"
    __table_args__ = (UniqueConstraint("item_id", "position"), Index("ix_item_picture_state", "state", "next_at"))
    id: Mapped[int] = id_column()
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    address: Mapped[str]
    host: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    reason: Mapped[str | None] = mapped_column(String(40))
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_at: Mapped[datetime]
    sha256: Mapped[str | None] = mapped_column(String(64))
    small: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    large: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))


@dataclass(frozen=True, slots=True)
class DuePicture:
    """What to fetch, and from which hosts it may be: read in one unit of work, fetched outside of any."""

    id: int
    address: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PictureState:
    """How many pictures there are, and the hosts that suppliers name but the municipality has not allowed."""

    kept: int
    waiting: int
    refused: int
    unknown_hosts: tuple[tuple[str, int], ...]


# --- from where --------------------------------------------------------------------------------------------------------


def picture_hosts(session: Session) -> tuple[str, ...]:
    """The hosts that pictures may be fetched from: 'billeder.leverandoer.dk', or '.leverandoer.dk' for all under it."""
    return tuple((the_municipality(session).settings or {}).get("picture_hosts", ()))


def host_allowed(host: str, hosts: Iterable[str]) -> bool:
    name = host.lower().rstrip(".")
    return any(name == one or (one.startswith(".") and name.endswith(one)) for one in hosts)


def set_picture_hosts(session: Session, hosts: Iterable[str], by: Actor) -> tuple[str, ...]:
    """Sets the list; pictures that were refused for their host are tried again. BadInput `picture_host` for what is no host name."""
    require(by, "manage_settings")
    kept = tuple(dict.fromkeys(one.strip().lower() for one in hosts if one.strip()))
    for one in kept:
        labels = one.removeprefix(".").split(".")
        if len(one) > 253 or not all(part and part.replace("-", "a").isalnum() and part.isascii() for part in labels):
            raise BadInput("picture_host", value=one[:80])
    municipality = the_municipality(session)
    before = picture_hosts(session)
    municipality.settings = {**(municipality.settings or {}), "picture_hosts": list(kept)}
    session.execute(
        update(ItemPicture)
        .where(ItemPicture.state == "refused", ItemPicture.reason == "fetch_host")
        .values(state="waiting", reason=None, tries=0, next_at=by.at)
        .execution_options(synchronize_session=False)
    )
    audit.record(
        session, "picture_hosts_set", "municipality", municipality.id, by, before=list(before), after=list(kept)
    )
    session.flush()
    return kept


def picture_state(session: Session) -> PictureState:
    counted = dict(session.execute(select(ItemPicture.state, func.count()).group_by(ItemPicture.state)).all())
    unknown = session.execute(
        select(ItemPicture.host, func.count())
        .where(ItemPicture.state == "refused", ItemPicture.reason == "fetch_host")
        .group_by(ItemPicture.host)
        .order_by(func.count().desc(), ItemPicture.host)
        .limit(20)
    )
    return PictureState(
        counted.get("kept", 0), counted.get("waiting", 0), counted.get("refused", 0), tuple(unknown.all())
    )


# --- noting and fetching -----------------------------------------------------------------------------------------------


def ask_for_pictures(session: Session, version_id: int, by: Actor) -> None:
    """Leaves the noting to the worker, where any line of the version has a picture."""
    named = type_coerce(CatalogueLine.details, Text).contains('"pictures"')
    if session.scalar(select(CatalogueLine.id).where(CatalogueLine.version_id == version_id, named).limit(1)):
        jobs.enqueue(session, LIST_JOB, {"version_id": version_id, "after": 0}, by.at)


def list_pictures(session: Session, version_id: int, after: int, by: Actor) -> int | None:
    """Notes the pictures of a live catalogue's lines from line id `after` on; gives where to go on, None when all is noted.

    A picture whose address is the one that is kept stays as it is.
    """
    lines = session.execute(
        select(CatalogueLine.id, CatalogueLine.item_id, CatalogueLine.details)
        .where(
            CatalogueLine.version_id == version_id,
            CatalogueLine.since_version_id == version_id,
            CatalogueLine.id > after,
            CatalogueLine.item_id.is_not(None),
        )
        .order_by(CatalogueLine.id)
        .limit(LISTED_AT_ONCE)
    ).all()
    wanted = {
        (item_id, position): address
        for _, item_id, details in lines
        if item_id is not None
        for position, address in enumerate(particulars_of(details).pictures[:EACH])
    }
    items = sorted({item_id for item_id, _ in wanted})
    known = {
        (one.item_id, one.position): one
        for one in session.scalars(select(ItemPicture).where(ItemPicture.item_id.in_(items)))
    }
    new: list[dict[str, Any]] = []
    for (item_id, position), address in wanted.items():
        host = (urlsplit(address).hostname or "")[:255]
        there = known.get((item_id, position))
        if there is None:
            new.append(
                {"item_id": item_id, "position": position, "address": address, "host": host, "state": "waiting",
                 "tries": 0, "next_at": by.at}
            )  # fmt: skip
        elif there.address != address:
            there.address, there.host, there.state, there.reason = address, host, "waiting", None
            there.tries, there.next_at = 0, by.at
    insert_rows(session, ItemPicture, new)
    session.flush()
    return lines[-1][0] if len(lines) == LISTED_AT_ONCE else None


def due_pictures(session: Session, now: datetime, at_most: int) -> list[DuePicture]:
    """What waits to be fetched, the longest waiting first."""
    waiting = session.scalars(
        select(ItemPicture)
        .where(ItemPicture.state == "waiting", ItemPicture.next_at <= now)
        .order_by(ItemPicture.next_at, ItemPicture.id)
        .limit(at_most)
    ).all()
    hosts = picture_hosts(session) if waiting else ()
    return [DuePicture(one.id, one.address, hosts) for one in waiting]


def shrunk(data: bytes) -> dict[str, bytes]:
    """The picture as our two, by the name of their size. BadInput `picture_unreadable`, `picture_too_large`."""
    if len(data) > MOST_BYTES:
        raise BadInput("picture_too_large", size=len(data))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise BadInput("picture_too_large", size=opened.width * opened.height)
                opened.draft("RGB", (SIZES["large"], SIZES["large"]))
                upright = ImageOps.exif_transpose(opened)
                flat = _on_white(upright)
    except BadInput:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadInput("picture_too_large", size=len(data)) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError) as error:
        raise BadInput("picture_unreadable") from error
    made = {}
    for name, edge in SIZES.items():
        copy = flat.copy()
        copy.thumbnail((edge, edge))
        file = io.BytesIO()
        copy.save(file, "WEBP", quality=82)
        made[name] = file.getvalue()
    return made


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        cut = picture.convert("RGBA")
        ground = Image.new("RGB", cut.size, "white")
        ground.paste(cut, mask=cut.getchannel("A"))
        return ground
    return picture.convert("RGB")


def keep_picture(session: Session, picture_id: int, made: dict[str, bytes]) -> None:
    """Keeps what was fetched and shrunk. The picture may have gone meanwhile."""
    picture = session.get(ItemPicture, picture_id)
    if picture is not None:
        picture.small, picture.large = made["small"], made["large"]
        picture.sha256 = hashlib.sha256(made["large"]).hexdigest()
        picture.state, picture.reason = "kept", None


def refuse_picture(session: Session, picture_id: int, reason: str, now: datetime) -> None:
    """Notes that it could not be had: what may get better (`fetch_failed`, `fetch_status`) is tried again with growing pauses."""
    picture = session.get(ItemPicture, picture_id)
    if picture is None:
        return
    picture.tries += 1
    passing = reason in ("fetch_failed", "fetch_status") and picture.tries < TRIES
    picture.state, picture.reason = "waiting" if passing else "refused", reason
    picture.next_at = now + timedelta(minutes=5 * 4**picture.tries)


# --- showing -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """`mark` changes with the picture, so that a browser may keep it for ever."""

    id: int
    item_id: int
    mark: str


def pictures_of(session: Session, item_ids: Sequence[int], first_only: bool = False) -> dict[int, list[KeptPicture]]:
    """Item → its kept pictures in order, in one query."""
    query = select(ItemPicture.id, ItemPicture.item_id, ItemPicture.sha256).where(
        ItemPicture.item_id.in_(item_ids), ItemPicture.state == "kept"
    )
    if first_only:
        query = query.where(ItemPicture.position == 0)
    found: dict[int, list[KeptPicture]] = {}
    for picture_id, item_id, sha256 in session.execute(query.order_by(ItemPicture.item_id, ItemPicture.position)):
        found.setdefault(item_id, []).append(KeptPicture(picture_id, item_id, (sha256 or "")[:12]))
    return found


def picture_bytes(session: Session, picture_id: int, size: str) -> tuple[bytes, str]:
    """The picture as WebP and its mark. NotFound where there is none."""
    column = {"small": ItemPicture.small, "large": ItemPicture.large}.get(size)
    if column is not None:
        row = session.execute(
            select(column, ItemPicture.sha256).where(ItemPicture.id == picture_id, ItemPicture.state == "kept")
        ).one_or_none()
        if row is not None and (kept := row[0]) is not None:
            return kept, (row[1] or "")[:12]
    raise NotFound("not_found", thing="ItemPicture", key=picture_id)
