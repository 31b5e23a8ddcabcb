"""What was wrong with a delivery, with pictures, until it is settled: damaged, wrong, or short and not waited for.

A picture comes from a phone, so it is opened here, turned upright, shrunk, and written anew: what is kept is a JPEG of at most
1600 pixels without any metadata (where it was taken, by which phone). What is not a picture is refused.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import ForeignKey, Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column

from eshop import audit, jobs
from eshop.db import Base, Owned, id_column, lock
from eshop.errors import BadInput, NotFound
from eshop.identity import Actor, require
from eshop.workflow import Workflow, move
from ordering.orders import OrderLine, PurchaseOrder

COMPLAINT: Final = Workflow("complaint", "open", {"settle": move("open", "settled")})
LARGEST_PHOTO: Final = 15_000_000
LONGEST_SIDE: Final = 1600
MOST_PHOTOS: Final = 6
COMPLAINT_JOB: Final = "complaint_opened"
"""The job that tells the supplier of a receipt's complaints."""


class Complaint(Owned, Base):
    """`kind`: damaged, wrong. `settled_how`: new goods, credit note, dropped, in the words of whoever settled it."""

    __tablename__ = "complaint"
    __table_args__ = (Index("ix_complaint_order_state", "order_id", "state"),)
    id: Mapped[int] = id_column()
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"))
    kind: Mapped[str] = mapped_column(String(10))
    quantity: Mapped[Decimal]
    reason: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(10), default=COMPLAINT.start)
    opened_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_how: Mapped[str | None]


class Photo(Owned, Base):
    """A picture of what was wrong: JPEG without metadata."""

    __tablename__ = "receipt_photo"
    id: Mapped[int] = id_column()
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    at: Mapped[datetime]


class Counted(Protocol):
    """What a receipt counted of a line (`ordering.receipts.Count`)."""

    @property
    def damaged(self) -> Decimal: ...
    @property
    def wrong(self) -> Decimal: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def photos(self) -> tuple[bytes, ...]: ...


def open_complaints(
    session: Session, order: PurchaseOrder, receipt_id: int, counts: Mapping[OrderLine, Counted], by: Actor
) -> list[Complaint]:
    """A complaint for each line of which something came damaged or wrong, with its pictures: of a line that has both, they go with
    what is damaged."""
    fresh: list[Complaint] = []
    for line, count in counts.items():
        of_line = [
            Complaint(
                order_id=order.id,
                order_line_id=line.id,
                receipt_id=receipt_id,
                kind=kind,
                quantity=quantity,
                reason=count.reason,
                opened_at=by.at,
            )
            for kind, quantity in (("damaged", count.damaged), ("wrong", count.wrong))
            if quantity
        ]
        session.add_all(of_line)
        session.flush()
        for body in count.photos[:MOST_PHOTOS]:
            add_photo(session, of_line[0], body, by)
        fresh += of_line
    if fresh:
        jobs.enqueue(session, COMPLAINT_JOB, {"receipt_id": receipt_id}, by.at, key=f"{COMPLAINT_JOB}:{receipt_id}")
    return fresh


def complaints_of(session: Session, order_id: int) -> list[Complaint]:
    return list(session.scalars(select(Complaint).where(Complaint.order_id == order_id).order_by(Complaint.id)))


def complaints_of_receipt(session: Session, receipt_id: int) -> list[Complaint]:
    return list(session.scalars(select(Complaint).where(Complaint.receipt_id == receipt_id).order_by(Complaint.id)))


def list_complaints(
    session: Session, institution_ids: Sequence[int] | None, *, state: str = "open", limit: int = 200
) -> list[Complaint]:
    """The complaints of these institutions (None: of the whole municipality) in this state, the oldest first."""
    query = select(Complaint).where(Complaint.state == state).order_by(Complaint.id).limit(limit)
    if institution_ids is not None:
        query = query.join(PurchaseOrder, PurchaseOrder.id == Complaint.order_id).where(
            PurchaseOrder.institution_id.in_(list(institution_ids))
        )
    return list(session.scalars(query))


def get_complaint(session: Session, complaint_id: int) -> Complaint:
    """NotFound where it is not ours."""
    found = session.scalars(select(Complaint).where(Complaint.id == complaint_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Complaint", key=complaint_id)
    return found


def settle_complaint(session: Session, complaint: Complaint, by: Actor, how: str) -> Complaint:
    """Closes a complaint and says how. Conflict `not_now` when it is closed; BadInput `reason_missing`."""
    order = session.get_one(PurchaseOrder, complaint.order_id)
    require(by, "receive", order.institution_id)
    if not how.strip():
        raise BadInput("reason_missing", what="settle")
    complaint = lock(session, Complaint, complaint.id)
    complaint.state = COMPLAINT.after(complaint.state, "settle")
    complaint.settled_at, complaint.settled_how = by.at, how.strip()
    audit.record(session, "complaint_settled", "order", order.id, by, complaint_id=complaint.id)
    return complaint


def add_photo(session: Session, complaint: Complaint, body: bytes, by: Actor) -> Photo:
    """Keeps a picture of what was wrong; the same picture twice is one. BadInput `not_a_photo`, `photo_too_large`."""
    order = session.get_one(PurchaseOrder, complaint.order_id)
    require(by, "receive", order.institution_id)
    clean = clean_photo(body)
    digest = hashlib.sha256(clean).hexdigest()
    same = session.scalars(
        select(Photo).where(Photo.complaint_id == complaint.id, Photo.sha256 == digest)
    ).one_or_none()
    if same is not None:
        return same
    photo = Photo(complaint_id=complaint.id, sha256=digest, body=clean, at=by.at)
    session.add(photo)
    session.flush()
    return photo


def photos_of(session: Session, complaint_ids: list[int]) -> list[Photo]:
    """The pictures without their bytes; `get_photo` has them."""
    if not complaint_ids:
        return []
    return list(session.scalars(select(Photo).where(Photo.complaint_id.in_(complaint_ids)).order_by(Photo.id)))


def get_photo(session: Session, photo_id: int) -> Photo:
    """NotFound where it is not ours."""
    found = session.scalars(select(Photo).where(Photo.id == photo_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="Photo", key=photo_id)
    return found


def clean_photo(body: bytes) -> bytes:
    """The picture as JPEG, upright, at most 1600 pixels on its longest side, with nothing in it but the picture."""
    if len(body) > LARGEST_PHOTO:
        raise BadInput("photo_too_large", most=LARGEST_PHOTO // 1_000_000)
    try:
        with Image.open(io.BytesIO(body), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > 80_000_000:
                raise BadInput("photo_too_large", most=LARGEST_PHOTO // 1_000_000)
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput("not_a_photo") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    written = io.BytesIO()
    bare.save(written, "JPEG", quality=82)
    return written.getvalue()
