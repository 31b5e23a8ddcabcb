"""Catalogue files that a person hands in: kept by their hash, loaded by the worker, and how far that has come.

A sheet waits until somebody has seen which column is read as what; other formats say so themselves. A dry run goes the whole way and
keeps nothing but its result. Who hands in is the purchasing lead, or the supplier of the agreement itself and nobody else.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogues.agreements import Agreement, get_agreement
from catalogues.automatic import load
from catalogues.items import get_version
from catalogues.loading import Progress, agreement_for, require_hand_in
from catalogues.mappings import preview_sheet, remember_columns
from catalogues.reviewing import ledger_rows, version_summary
from catalogues.stored import finding_of, finding_row
from eshop import jobs
from eshop.db import Base, JsonType, Owned, id_column, lock
from eshop.errors import BadInput, EshopError, NotFound
from eshop.findings import Finding
from eshop.formats import PriceList, open_catalogue
from eshop.identity import Actor, the_municipality
from eshop.workflow import Workflow, move

LOAD_JOB: Final = "load_catalogue"
LARGEST_DRY_RUN: Final = 30 * 2**20
"""Bytes: a dry run is one unit of work, so a larger file would hold up everybody else's."""
KEEP_DAYS: Final = 90
"""How long a handed-in file is kept; a municipality's settings may say otherwise (`keep_catalogue_files_days`). (p)"""
MOST_SHOWN: Final = 200
"""Lines of a dry run that are kept to be read."""

UPLOAD: Final = Workflow(
    "upload",
    "columns",
    {
        "start": move("columns", "waiting"),
        "begin": move("waiting loading", "loading"),
        "finish": move("loading", "done"),
        "fail": move("waiting loading", "failed"),
        "drop": move("columns", "dropped"),
    },
)


class CatalogueUpload(Owned, Base):
    """A file that was handed in for an agreement. `sha256` names the kept file; `lines` and `bytes_read` tell how far the load has come.
    `error` is a finding of the file as a whole; `result` what a dry run found ({"summary", "lines"})."""

    __tablename__ = "catalogue_upload"
    id: Mapped[int] = id_column()
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    is_sheet: Mapped[bool] = mapped_column(Boolean, default=False)
    dry_run: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(10), default=UPLOAD.start)
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[int | None]
    lines: Mapped[int] = mapped_column(Integer, default=0)
    bytes_read: Mapped[int] = mapped_column(BigInteger, default=0)
    version_id: Mapped[int | None]
    error: Mapped[dict[str, Any] | None] = mapped_column(JsonType)
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonType)

    @property
    def percent(self) -> int:
        """Of the file's bytes that have been read."""
        return min(100, self.bytes_read * 100 // max(self.size, 1))

    @property
    def refusal(self) -> Finding | None:
        return None if self.error is None else finding_of(self.error)


def take_file(
    session: Session, agreement: Agreement, source: Path, *, sha256: str, name: str, by: Actor, dry_run: bool = False
) -> CatalogueUpload:
    """A file is handed in. A sheet waits for its columns to be seen, anything else is loaded by the worker.

    BadInput at once for what is no catalogue, another supplier's, another agreement's (the codes of `load`), or
    `dry_run_too_large`. NotAllowed for a supplier who is not the agreement's.
    """
    require_hand_in(agreement, by)
    size = source.stat().st_size
    if dry_run and size > LARGEST_DRY_RUN:
        raise BadInput("dry_run_too_large", most=LARGEST_DRY_RUN // 2**20)
    reader = open_catalogue(source, name)
    try:
        for problem in reader.heading.problems:
            raise BadInput(problem.code, **problem.values)
        agreement_for(session, reader.heading, agreement)
        is_sheet = isinstance(reader, PriceList)
    finally:
        reader.close()
    upload = CatalogueUpload(
        agreement_id=agreement.id, supplier_id=agreement.supplier_id, sha256=sha256, name=name[:200], size=size,
        is_sheet=is_sheet, dry_run=dry_run, state="columns" if is_sheet else "waiting", uploaded_at=by.at,
        uploaded_by=by.user_id, lines=0, bytes_read=0,
    )  # fmt: skip
    session.add(upload)
    session.flush()
    if not is_sheet:
        _enqueue(session, upload, by)
    return upload


def choose_columns(
    session: Session, upload: CatalogueUpload, source: Path, columns: Mapping[str, str], by: Actor
) -> CatalogueUpload:
    """The columns are as they should be: remembered for the supplier, and the sheet is loaded.

    BadInput `columns_missing`, `unknown_field`; Conflict `not_now` the second time.
    """
    require_hand_in(get_agreement(session, upload.agreement_id), by)
    upload = lock(session, CatalogueUpload, upload.id)
    upload.state = UPLOAD.after(upload.state, "start")
    remember_columns(session, upload.supplier_id, columns, by)
    preview = preview_sheet(session, source, upload.supplier_id)
    if preview.missing:
        found = ", ".join(one for one in preview.headings if one)
        raise BadInput("columns_missing", fields=", ".join(preview.missing), found=found)
    _enqueue(session, upload, by)
    return upload


def drop_file(session: Session, upload: CatalogueUpload, by: Actor) -> CatalogueUpload:
    """The sheet is not loaded after all."""
    require_hand_in(get_agreement(session, upload.agreement_id), by)
    upload = lock(session, CatalogueUpload, upload.id)
    upload.state = UPLOAD.after(upload.state, "drop")
    session.flush()
    return upload


def _enqueue(session: Session, upload: CatalogueUpload, by: Actor) -> None:
    session.flush()
    jobs.enqueue(session, LOAD_JOB, {"upload_id": upload.id}, by.at, key=f"{LOAD_JOB}:{upload.id}")


def get_upload(session: Session, upload_id: int) -> CatalogueUpload:
    found = session.scalars(select(CatalogueUpload).where(CatalogueUpload.id == upload_id)).one_or_none()
    if found is None:
        raise NotFound("not_found", thing="CatalogueUpload", key=upload_id)
    return found


def uploads_under_way(session: Session, supplier_id: int | None = None) -> list[CatalogueUpload]:
    """What has been handed in and is not loaded yet, newest first; one supplier's where it is given."""
    query = select(CatalogueUpload).where(CatalogueUpload.state.in_(["columns", "waiting", "loading", "failed"]))
    if supplier_id is not None:
        query = query.where(CatalogueUpload.supplier_id == supplier_id)
    return list(session.scalars(query.order_by(CatalogueUpload.id.desc()).limit(20)))


def keep_days(session: Session) -> int:
    """How many days handed-in files are kept here."""
    return int(the_municipality(session).settings.get("keep_catalogue_files_days", KEEP_DAYS))


def files_to_keep(session: Session, by: Actor) -> set[str]:
    """The hashes of the files that are still needed: handed in lately, or being loaded. A sheet whose columns nobody has looked at in
    all that time is dropped."""
    since = by.at - timedelta(days=keep_days(session))
    for upload in session.scalars(
        select(CatalogueUpload).where(CatalogueUpload.state == "columns", CatalogueUpload.uploaded_at < since)
    ):
        upload.state = UPLOAD.after(upload.state, "drop")
    session.flush()
    needed = or_(CatalogueUpload.uploaded_at >= since, CatalogueUpload.state.in_(["waiting", "loading"]))
    return set(session.scalars(select(CatalogueUpload.sha256).where(needed)))


def load_upload(session: Session, upload: CatalogueUpload, source: Path, by: Actor) -> Iterator[Progress]:
    """Loads what was handed in, and notes how far it has come at each Progress; the door may commit there, but not on a dry run.

    Done once, it is not done again. What refuses the file as a whole raises as `load` does: see `fail_upload`.
    """
    if upload.state in ("done", "failed"):
        return
    upload.state = UPLOAD.after(upload.state, "begin")
    agreement = get_agreement(session, upload.agreement_id)
    for progress in load(session, source, agreement, by, name=upload.name, dry_run=upload.dry_run):
        upload.lines, upload.bytes_read = progress.lines, progress.bytes_read
        if progress.done:
            progress.version.loaded_by = upload.uploaded_by
            upload.version_id = progress.version.id
            upload.state = UPLOAD.after(upload.state, "finish")
        session.flush()
        yield progress


def dry_result(session: Session, upload: CatalogueUpload) -> dict[str, Any]:
    """What a dry run has found, to be kept once everything else of it is undone (`keep_dry_result`)."""
    assert upload.version_id is not None
    found = get_version(session, upload.version_id)
    summary = version_summary(session, found)
    lines: list[dict[str, Any]] = []
    for row in ledger_rows(session, found):
        if len(lines) == MOST_SHOWN:
            break
        lines.append(
            {
                "number": row.number,
                "ref": row.ref,
                "seller_item_id": row.seller_item_id,
                "name": row.name,
                "result": row.result,
                "kind": row.kind,
                "findings": [finding_row(one) for one in row.findings],
            }
        )
    return {"summary": summary, "lines": lines}


def keep_dry_result(session: Session, upload_id: int, result: dict[str, Any]) -> None:
    upload = lock(session, CatalogueUpload, upload_id)
    upload.result, upload.state, upload.version_id = result, "done", None
    upload.lines, upload.bytes_read = result["summary"]["lines"], upload.size
    session.flush()


def fail_upload(session: Session, upload_id: int, error: EshopError) -> None:
    """The file as a whole was refused: why is told on its page."""
    upload = lock(session, CatalogueUpload, upload_id)
    upload.state = UPLOAD.after(upload.state, "fail")
    upload.error = finding_row(Finding(error.code, "error", "", error.values))
    session.flush()


def findings_of(line: Mapping[str, Any]) -> list[Finding]:
    """The findings of one line of a dry run's result."""
    return [finding_of(row) for row in line["findings"]]
