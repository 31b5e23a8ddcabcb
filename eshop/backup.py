"""A copy of everything, taken while the shop goes on, and the way back.

SQLite: the engine's own online copy, a file that can be opened as it is. PostgreSQL: `pg_dump` and `pg_restore` in the custom format;
found on the PATH (BadInput `tool_missing` otherwise). Where suppliers' catalogue files are kept beside the database, the copy is a tar
archive of both: the database first, then the files by their hash.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from eshop import kept_files
from eshop.db import EVERYONE, Database
from eshop.errors import BadInput, Conflict
from eshop.identity import Municipality

NOTED: Final = "last-backup.json"
DATABASE: Final = "database"
FILES: Final = "catalogues"
_SQLITE: Final = b"SQLite format 3\x00"
_POSTGRESQL: Final = b"PGDMP"


def save(database: Database, file: Path, data_dir: Path | None = None) -> None:
    """Writes the copy beside and moves it into place: a file with this name is whole. Conflict `file_exists`.

    `data_dir` is where catalogue files are kept; a file is never changed, so one that the database knows can be copied after it.
    """
    if file.exists():
        raise Conflict("file_exists", file=str(file))
    part, whole = file.with_name(f".{file.name}.part"), file.with_name(f".{file.name}.tar")
    try:
        if database.is_sqlite:
            with closing(sqlite3.connect(str(database.url.database))) as source, closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
        else:
            _run("pg_dump", "--format=custom", f"--file={part}", database)
        files = [] if data_dir is None else list(kept_files.every(data_dir))
        if files:
            with tarfile.open(whole, "w") as archive:
                archive.add(part, DATABASE)
                for one in files:
                    with suppress(FileNotFoundError):  # its time was up while we came here
                        archive.add(one, f"{FILES}/{one.name}")
            whole.replace(file)
        else:
            part.replace(file)
    finally:
        part.unlink(missing_ok=True)
        whole.unlink(missing_ok=True)


def note(data_dir: Path, file: Path, at: datetime) -> None:
    """Leaves in the data folder that a copy was taken, for the page of operation; the copy itself may have gone elsewhere."""
    said = {"at": at.isoformat(), "file": file.name, "size": file.stat().st_size}
    with suppress(OSError):
        (data_dir / NOTED).write_text(json.dumps(said), encoding="utf-8")


def last(data_dir: Path) -> dict[str, Any] | None:
    """{"at", "file", "size"} of the last copy taken from here, or None."""
    try:
        return json.loads((data_dir / NOTED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def bring_back(database: Database, file: Path, *, replace: bool, data_dir: Path | None = None) -> None:
    """Puts the copy in the database's place, and its files into `data_dir`. Conflict `database_in_use` where the database holds a
    municipality and `replace` is not said; BadInput `not_a_backup` for any other file. The database is as before until the copy is
    whole."""
    if not tarfile.is_tarfile(file):
        _bring_back(database, file, replace=replace)
        return
    with tarfile.open(file) as archive, tempfile.TemporaryDirectory(dir=file.parent) as folder:
        first = archive.next()
        inner = None if first is None or first.name != DATABASE else archive.extractfile(first)
        if inner is None:
            raise BadInput("not_a_backup", file=str(file), expected=DATABASE)
        copy = Path(folder) / DATABASE
        with copy.open("wb") as written:
            shutil.copyfileobj(inner, written, 2**20)
        _bring_back(database, copy, replace=replace)
        for member in archive:
            kept = archive.extractfile(member) if member.name.startswith(f"{FILES}/") and member.isfile() else None
            if kept is not None and data_dir is not None:
                # Kept by its own hash again: what the archive calls it does not decide where it lies.
                kept_files.keep(data_dir, kept)


def _bring_back(database: Database, file: Path, *, replace: bool) -> None:
    with file.open("rb") as opened:
        head = opened.read(16)
    if not head.startswith(_SQLITE if database.is_sqlite else _POSTGRESQL):
        raise BadInput("not_a_backup", file=str(file), expected="SQLite" if database.is_sqlite else "PostgreSQL")
    if not replace and _municipalities(database):
        raise Conflict("database_in_use")
    if not database.is_sqlite:
        _run("pg_restore", "--clean", "--if-exists", "--single-transaction", "--no-owner", str(file), database)
        return
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        try:
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
            copy.execute("SELECT count(*) FROM municipality").fetchone()
        except sqlite3.DatabaseError as error:
            raise BadInput("not_a_backup", file=str(file), expected="SQLite") from error
        if verdict != "ok":
            raise BadInput("not_a_backup", file=str(file), expected="SQLite")
        database.close()
        with closing(sqlite3.connect(str(database.url.database))) as target:
            copy.backup(target)


def _municipalities(database: Database) -> int:
    try:
        with database.read(EVERYONE) as session:
            return session.scalar(select(func.count()).select_from(Municipality)) or 0
    except DBAPIError:
        # No tables yet: an empty database.
        return 0


def _run(tool: str, *arguments: str | Database) -> None:
    *options, database = arguments
    assert isinstance(database, Database)
    found = shutil.which(tool)
    if found is None:
        raise BadInput("tool_missing", tool=tool)
    address = database.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = {**os.environ, **({"PGPASSWORD": str(database.url.password)} if database.url.password else {})}
    command = [found, *map(str, options)]
    command[1:1] = [f"--dbname={address}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BadInput("tool_failed", tool=tool, reason=(done.stderr.strip().splitlines() or ["?"])[-1])
