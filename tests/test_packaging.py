"""What is installed is whole: from a checkout, an editable install and a wheel the pages find their templates and files."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGE = """
import sys
from pathlib import Path
import eshop
from eshop.app import create_app
from eshop.config import Settings
from eshop.db import Database
from eshop.migrations import upgrade

assert Path(eshop.__file__).is_relative_to(sys.argv[1]), f"this is another eshop: {eshop.__file__}"
settings = Settings.from_environment()
database = Database(settings.database_url)
upgrade(database)
client = create_app(settings, database).test_client()
answer = client.get("/", follow_redirects=True)
assert answer.status_code == 200, answer.status
assert "<html" in answer.text
css = client.get("/static/vendor/dkfds/css/dkfds.min.css")
assert css.status_code == 200, css.status
print(answer.text)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [Path(sys.executable).parent / "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("eshop-*.whl"))


def run_page(folder: Path, data: Path, *, path: Path | None) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ESHOP_")}
    environment |= {"ESHOP_DATA_DIR": str(data), "ESHOP_SECRET_KEY": "k" * 40, "PYTHONSAFEPATH": "1"}
    if path:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run(
        [sys.executable, "-c", PAGE, str(folder)],
        cwd=data,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_what_pages_and_documents_need(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "eshop/templates/base.html",
        "eshop/static/eshop.css",
        "eshop/static/vendor/dkfds/css/dkfds.min.css",
        "eshop/static/vendor/htmx/htmx.min.js",
        "eshop/translations/da/LC_MESSAGES/messages.mo",
        "eshop/migrations/script.py.mako",
        "eshop/wording.csv",
        "ordering/wording.csv",
    ):
        assert needed.replace("eshop/static", "eshop/web/static") in names
    # Everything tracked in the packages is in it, but for how it was made and decided.
    tracked = subprocess.run(
        ["git", "ls-files", "eshop", "catalogues", "ordering", "invoicing"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    left_out = {name for name in tracked if name not in names and (ROOT / name).exists()}
    assert {name for name in left_out if not name.startswith(("eshop/web/assets/", "eshop/decisions/"))} == set()
    assert not any("node_modules" in name for name in names)


def test_the_stylesheets_name_only_fonts_that_are_there() -> None:
    """A face offered in a file we do not take is asked for when its woff2 is cut off, and answered with 404."""
    static = ROOT / "eshop/web/static"
    fonts = {
        (sheet.parent / source).resolve()
        for sheet in (static / "eshop.css", static / "vendor/dkfds/css/dkfds.min.css")
        for face in re.findall(r"@font-face\s*{([^}]*)}", sheet.read_text("utf-8"))
        for source in re.findall(r"url\([\"']?([^)\"']+)", face)
    }
    assert len(fonts) == 8, sorted(font.name for font in fonts)
    assert [font.name for font in sorted(fonts) if not font.is_file()] == []


def test_pages_from_a_wheel(wheel: Path, tmp_path: Path) -> None:
    unpacked, data = tmp_path / "unpacked", tmp_path / "data"
    zipfile.ZipFile(wheel).extractall(unpacked)
    data.mkdir()
    run_page(unpacked, data, path=unpacked)


def test_pages_from_an_editable_install(tmp_path: Path) -> None:
    run_page(ROOT, tmp_path, path=None)


def test_pages_from_a_checkout(tmp_path: Path) -> None:
    run_page(ROOT, tmp_path, path=ROOT)
