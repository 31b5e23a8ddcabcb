"""What every command stands on: settings and database, for whom it works, how it answers and how it ends.

With `--json` a command prints one JSON object per line on standard output and nothing else there; everything meant for eyes (progress,
messages, errors) goes to standard error. Exit codes: 0 done; 1 done, but something was rejected or refused; 2 wrong use or unusable
input. A refusal is a sentence, never a traceback (`--debug` before the command shows one).
"""

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NoReturn, TypeVar

import click
import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from eshop.config import Settings
from eshop.db import EVERYONE, Database
from eshop.engines import check_reachable
from eshop.errors import BadInput, ConfigurationError, Conflict, EshopError, NotAllowed
from eshop.findings import Finding
from eshop.identity import Actor, Institution, Municipality, institution_by_gln
from eshop.wording import Locale, sentence

DONE: Final = 0
REFUSED: Final = 1
UNUSABLE: Final = 2
STOPPED: Final = 130

Answer = TypeVar("Answer")


class Desk:
    """The command line at work: one per run. `now` is the operator's clock, read when the command starts."""

    def __init__(self) -> None:
        self.cvr: str | None = None
        self.locale: Locale = "da"
        self.debug = False
        self.as_json = False
        self.now = datetime.now(UTC)
        self.refused = False

    @cached_property
    def settings(self) -> Settings:
        return Settings.from_environment()

    @cached_property
    def raw_database(self) -> Database:
        """The database as it stands, up to date or not."""
        database = Database(self.settings.database_url)
        check_reachable(database.engine)
        return database

    @cached_property
    def database(self) -> Database:
        """The database, up to date. ConfigurationError `database_out_of_date` otherwise."""
        # Loaded here, because Alembic takes a third of the time that `eshop --help` has.
        lacking = import_module("eshop.migrations").pending(self.raw_database)
        if lacking:
            raise ConfigurationError("database_out_of_date", lacking=len(lacking))
        return self.raw_database

    @cached_property
    def municipality_id(self) -> int:
        """For whom: the one `--municipality` names, else the only one there is."""
        with self.database.read(EVERYONE) as session:
            there = dict(session.execute(select(Municipality.cvr, Municipality.id)).all())
        if not there:
            raise BadInput("no_municipality_yet")
        if self.cvr is not None:
            if self.cvr not in there:
                raise BadInput("municipality_not_known", cvr=self.cvr, known=sorted(there))
            return there[self.cvr]
        if len(there) > 1:
            raise BadInput("say_which_municipality", known=sorted(there))
        return next(iter(there.values()))

    @property
    def actor(self) -> Actor:
        """The operator: the system itself, through this door."""
        return Actor.system(self.municipality_id, self.now, "cli")

    @contextmanager
    def work(self) -> Iterator[tuple[Session, Actor]]:
        """One unit of work for the municipality: all of it is kept, or nothing."""
        with self.database.work(self.municipality_id) as session:
            yield session, self.actor

    @contextmanager
    def read(self) -> Iterator[tuple[Session, Actor]]:
        with self.database.read(self.municipality_id) as session:
            yield session, self.actor

    def institution(self, session: Session, gln: str) -> Institution:
        found = institution_by_gln(session, gln, self.actor.today) or institution_by_gln(session, gln)
        if found is None:
            raise BadInput("unknown_institution", value=gln, where="--institution")
        return found

    # --- answers ---------------------------------------------------------------------------------------------------

    def answer(self, shown: Mapping[str, Any], text: str | Callable[[], str] = "") -> None:
        """One answer: a JSON object with `--json`, else a line of text."""
        if self.as_json:
            line = json.dumps(shown, ensure_ascii=False, separators=(", ", ": "))
        else:
            line = text() if callable(text) else text or ", ".join(f"{name}: {value}" for name, value in shown.items())
        sys.stdout.write(line + "\n")

    def say(self, code: str, **values: Any) -> None:
        """A message for eyes, on standard error."""
        click.echo(sentence(code, values, self.locale), err=True)

    def refuse(self) -> None:
        """Something was rejected or refused: the command goes on, and ends with 1."""
        self.refused = True

    def finding(self, finding: Finding) -> dict[str, Any]:
        return {
            "code": finding.code,
            "severity": finding.severity,
            "where": finding.where,
            "rule": finding.rule,
            "text": sentence(finding.code, finding.values, self.locale),
        }

    @contextmanager
    def progress(self, code: str, length: int | None = None) -> Iterator[Callable[[int], None]]:
        """A bar on standard error where that is a terminal; elsewhere nothing. Yields what to call with steps done."""
        label = sentence(code, {}, self.locale)
        with click.progressbar(length=length or 0, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
            yield bar.update


pass_desk = click.make_pass_decorator(Desk)


def _for_whom(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Desk).cvr = value.strip()


def _as_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Desk).as_json = True


def municipality_option() -> click.Option:
    return click.Option(
        ["--municipality"],
        metavar="CVR",
        expose_value=False,
        callback=_for_whom,
        help="For whom; not needed where there is only one.",
    )


def json_option() -> click.Option:
    return click.Option(
        ["--json"],
        is_flag=True,
        expose_value=False,
        callback=_as_json,
        help="One JSON object per line on standard output.",
    )


class Command(click.Command):
    """A command that can be told for whom, and to answer in JSON."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += [municipality_option(), json_option()]

    def invoke(self, ctx: click.Context) -> Any:
        result = super().invoke(ctx)
        desk = ctx.find_object(Desk)
        if desk is not None and desk.refused:
            ctx.exit(REFUSED)
        return result


class Group(click.Group):
    """Commands under one word."""

    command_class = Command
    group_class = type


class Main(Group):
    """The command `eshop`: turns what the product refuses into a sentence and an exit code.

    `told` lists its commands: the module each stands in, and what it does in one line. A module is loaded when its command is asked for,
    because all of the product together takes seconds to load, and `eshop --help` is asked by scripts and by shells that complete words.
    """

    told: Mapping[str, tuple[str, str]] = MappingProxyType({})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.told)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.told:
            return None
        found: click.Command = getattr(import_module(f"eshop.cli.{self.told[cmd_name][0]}"), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in self.told.items()])

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        arguments = list(sys.argv[1:] if args is None else args)
        sys.exit(self.run(arguments, **extra))

    def run(self, arguments: list[str], **extra: Any) -> int:
        debug = "--debug" in arguments[:2]
        desk = Desk()
        # What the product logs is for eyes: standard output belongs to the answers.
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
        try:
            code = super().main(arguments, standalone_mode=False, obj=desk, **extra)
            sys.stdout.flush()
        except EshopError as error:
            if debug:
                traceback.print_exc()
            return _told(error, desk)
        except click.ClickException as error:
            error.show(sys.stderr)
            return UNUSABLE
        except (click.Abort, KeyboardInterrupt):
            click.echo(sentence("stopped_by_you", {}, desk.locale), err=True)
            return STOPPED
        except BrokenPipeError:
            # The reader went away (`| head`): not our business, and nothing to say to nobody.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE
        except (OperationalError, ProgrammingError) as error:
            if debug:
                traceback.print_exc()
            reason = str(error.orig).strip().splitlines()[0]
            return _told(ConfigurationError("database_unreachable", reason=reason), desk)
        except OSError as error:
            if debug:
                traceback.print_exc()
            reason = error.strerror or str(error)
            return _told(BadInput("file_unusable", file=str(error.filename or ""), reason=reason), desk)
        except Exception as error:  # noqa: BLE001  a fault of ours is a line for the operator, and a traceback when asked for
            if debug:
                traceback.print_exc()
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            click.echo(
                sentence("fault_of_ours", {"what": f"{type(error).__name__}: {error}", "where": where}, desk.locale),
                err=True,
            )
            return UNUSABLE
        return code if isinstance(code, int) else DONE


def _told(error: EshopError, desk: Desk) -> int:
    click.echo(sentence(error.code, error.values, desk.locale), err=True)
    return REFUSED if isinstance(error, Conflict | NotAllowed) else UNUSABLE


# --- files that are given ----------------------------------------------------------------------------------------------


def read_json(path: Path) -> Any:
    """The JSON file. BadInput `file_not_json` with line and column."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_float=str)
    except UnicodeDecodeError as error:
        raise BadInput("file_not_utf8", file=str(path)) from error
    except json.JSONDecodeError as error:
        raise BadInput("file_not_json", file=str(path), line=error.lineno, reason=error.msg) from error


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a .jsonl file with their line numbers; empty lines are passed over. BadInput names the line."""
    with path.open(encoding="utf-8-sig") as file:
        number = 0
        try:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                row = json.loads(line, parse_float=str)
                if not isinstance(row, dict):
                    raise BadInput("line_not_an_object", file=str(path), line=number)
                yield number, row
        except json.JSONDecodeError as error:
            raise BadInput("file_not_json", file=str(path), line=number, reason=error.msg) from error
        except UnicodeDecodeError as error:
            raise BadInput("file_not_utf8", file=str(path)) from error


def on_line(path: Path, line: int, verb: Callable[[], Answer]) -> Answer:
    """Carries out the verb; what it refuses is told with file and line: BadInput `line_refused`."""
    try:
        return verb()
    except EshopError as error:
        locale = click.get_current_context().ensure_object(Desk).locale
        reason = sentence(error.code, error.values, locale)
        raise BadInput("line_refused", file=str(path), line=line, reason=reason) from error


def files_under(paths: Sequence[Path]) -> list[Path]:
    """Every file given, folders walked to the bottom, in byte order of the path within each."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [Path(folder) / name for folder, _, names in os.walk(path) for name in names]
            found += sorted(inside, key=os.fsencode)
        else:
            found.append(path)
    return found


existing_file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
existing_path = click.Path(exists=True, readable=True, path_type=Path)
