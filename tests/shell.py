"""The command line as an operator uses it, in this process: `shell("load", "organisation", path)` answers code, output and errors."""

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alembic import command

from eshop import migrations
from eshop.cli import main
from eshop.db import Database


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit code, and what it printed on standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects, one per line; fails when anything else was printed."""
        return [json.loads(line) for line in self.out.splitlines()]


class Shell:
    """`run` is the console script; `database` is what it works on."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self._patch = monkeypatch
        monkeypatch.setenv("ESHOP_DATABASE_URL", database.url.render_as_string(hide_password=False))
        monkeypatch.setenv("ESHOP_DATA_DIR", str(folder / "var"))
        monkeypatch.setenv("ESHOP_SECRET_KEY", "k" * 40)

    def __call__(self, *arguments: object, typed: str = "") -> Ran:
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            patch.setattr(sys, "stdin", io.StringIO(typed))
            code = main.run([str(one) for one in arguments])
        out.flush()
        written = out.buffer.getvalue()  # type: ignore[attr-defined]
        return Ran(code, written.decode("utf-8"), err.getvalue())

    def elsewhere(self, name: str) -> "Shell":
        """The command line on another database beside this one, with no tables yet; commands given to this one stay here."""
        folder = self.folder / name
        folder.mkdir()
        return Shell(Database(f"sqlite:///{folder / 'eshop.sqlite'}"), self._patch, folder)

    def json(self, *arguments: object) -> list[dict[str, Any]]:
        """The objects of a command that must end well (0) or with something refused (1)."""
        ran = self(*arguments, "--json")
        assert ran.code in (0, 1), ran.err
        return ran.objects

    def write(self, name: str, content: object) -> Path:
        """A file of the operator's: text as it is, a list as one JSON object per line when the name says so, else JSON."""
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
            return path
        if name.endswith(".jsonl") and isinstance(content, list):
            content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content)
        elif not isinstance(content, str):
            content = json.dumps(content, ensure_ascii=False)
        path.write_text(content, encoding="utf-8")
        return path


def stamped(database: Database) -> Database:
    """Tells the database that it is up to date, where it was made from the models and not by migrations."""
    if migrations.pending(database):
        config = migrations._config()
        with database.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.stamp(config, "head")
    return database


@pytest.fixture
def shell(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    """The command line on an empty database."""
    return Shell(stamped(sqlite_database), monkeypatch, tmp_path)
