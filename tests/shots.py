"""Screenshots of the main pages as each role sees them in the demo, on a phone and on a screen: `make shots`.

    python -m tests.shots FOLDER

A demo of its own is made in a temporary folder and served on a free port. A page is an address, or an address and a link on it
to follow (the first whose address matches), so that the pictures need no ids.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import CHROMIUM, CHROMIUM_FLAGS

SIZES = {"phone": {"width": 390, "height": 844}, "screen": {"width": 1360, "height": 900}}

# name of the picture, who looks, where, and the link to follow from there
PAGES: list[tuple[str, str | None, str, str | None]] = [
    ("sign-in", None, "/sign-in", None),
    ("home", "mette", "/shop", None),
    ("search", "mette", "/search?q=bleer", None),
    ("scan", "mette", "/search/scan", None),
    ("item", "mette", "/search?q=bleer", "a[href*='/items/']"),
    ("lists", "mette", "/lists", None),
    ("list", "aisha", "/lists", "a.listcard[href$='/2']"),
    ("wishes", "aisha", "/wishes", None),
    ("own-wishes", "sofie", "/wishes", None),
    ("ask", "mette", "/needs", None),
    ("need", "kim", "/needs/waiting", "article a[href^='/needs/']"),
    ("outside", "soeren", "/outside-purchases", None),
    ("outside-new", "mette", "/outside-purchases/new", None),
    ("rules", "kim", "/approval-rules", None),
    ("deputies", "jens", "/profile/deputies", None),
    ("basket", "mette", "/basket", None),
    ("send-basket", "mette", "/basket/send", None),
    ("orders", "mette", "/orders", None),
    ("orders-late", "mette", "/orders?show=late&from=2026-01-01", None),
    ("order-talk", "aisha", "/complaints", "main a[href^='/orders/']"),
    ("order", "mette", "/orders", "main .ord a[href^='/orders/']:not([href$='/receive'])"),
    ("receive", "aisha", "/receive", None),
    ("count", "aisha", "/receive", "main a[href$='/receive']"),
    ("complaints", "aisha", "/complaints", None),
    ("sending", "kim", "/sending", None),
    ("channel", "kim", "/sending", "td a[href$='/channel']"),
    ("approvals", "jens", "/approvals", None),
    ("invoices", "soeren", "/invoices", None),
    ("invoice", "soeren", "/invoices", "main a[href^='/invoices/']"),
    ("insight", "kim", "/insight", None),
    ("figure", "kim", "/insight", "main a[href^='/insight/compliance']"),
    ("events", "anna", "/events", None),
    ("operation", "admin", "/operation", None),
    ("settings", "admin", "/settings", None),
    ("people", "admin", "/people", None),
    ("person", "admin", "/people", "tbody a"),
    ("roles", "admin", "/roles", None),
    ("units", "admin", "/units", None),
    ("unit", "admin", "/units", "tbody a"),
    ("overview", "kim", "/overview", None),
    ("more", "kim", "/more", None),
    ("attest", "jens", "/invoices", None),
    ("spend", "jens", "/spend", None),
    ("chart", "soeren", "/invoice-rules/chart", None),
    ("invoice-rules", "soeren", "/invoice-rules", None),
    ("postings", "soeren", "/postings", None),
    ("credit-notes", "soeren", "/credit-notes", None),
    ("suppliers", "soeren", "/suppliers", None),
    ("supplier", "soeren", "/suppliers?q=HygiejneHuset", "tbody a"),
    ("agreements", "kim", "/agreements", None),
    ("agreement", "kim", "/agreements", "tbody a"),
    ("catalogues", "kim", "/catalogues", None),
    ("tenders", "kim", "/tenders", None),
    ("tender", "kim", "/tenders", "main .rows a"),
    ("pictures", "kim", "/settings/pictures", None),
    ("webshops", "mette", "/webshops", None),
    ("webshop-result", "aisha", "/webshops/visits/1", None),
    ("search-words", "kim", "/search-words", None),
    ("agreement-new", "kim", "/agreements/new", None),
    ("renewal-calendar", "kim", "/agreements/calendar?whose=community", None),
    ("agreements-workbook", "kim", "/agreements/workbook", None),
    ("categories", "kim", "/agreements/categories", None),
    ("catalogue-review", "kim", "/catalogues", "main tbody a[href^='/catalogues/']"),
    ("catalogue-hand-in", "kim", "/catalogues/hand-in", None),
    ("supplier-catalogues", "henrik", "/supplier/catalogues", None),
    ("supplier-fix-list", "henrik", "/supplier/catalogues", "main tbody a[href^='/supplier/']"),
    ("supplier-orders", "henrik", "/supplier/orders", None),
    ("supplier-invoices", "henrik", "/supplier/invoices", None),
    ("webshop-setup", "kim", "/agreements/23/webshop?protocol=cxml", None),
    ("profile", "mette", "/profile", None),
    ("help", "mette", "/help", None),
]


def main(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    wrong = []
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        port = _free_port()
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ESHOP_")}
        environment |= {"ESHOP_DATA_DIR": data, "PORT": str(port)}
        eshop = [sys.executable, "-m", "eshop"]
        for command in (["db", "upgrade"], ["demo"]):
            subprocess.run([*eshop, *command], env=environment, check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen([*eshop, "serve"], env=environment, stdout=subprocess.DEVNULL)
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz", server)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
            for size, viewport in SIZES.items():
                wrong += _shoot(browser, f"http://127.0.0.1:{port}", folder, size, viewport)
            browser.close()
        finally:
            server.terminate()
            server.wait(30)
    for line in wrong:
        sys.stderr.write(line + "\n")
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")
    return 1 if wrong else 0


def _shoot(browser: Browser, site: str, folder: Path, size: str, viewport: dict) -> list[str]:
    """All pages at one size; each role signs in once. Gives what could not be shown."""
    wrong: list[str] = []
    pages: dict[str | None, Page] = {}
    for name, user, address, follow in PAGES:
        if user not in pages:
            page = browser.new_context(viewport=viewport, locale="da-DK", reduced_motion="reduce").new_page()
            page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
            pages[user] = page
            if user:
                page.goto(f"{site}/sign-in")
                page.fill("[name=login]", user)
                page.fill("[name=password]", "demo")
                page.click("form button:has-text('Log ind'), main form button")
        page = pages[user]
        answer = page.goto(site + address)
        # A list as a workbook is a link too, and nothing to look at.
        links = page.locator(follow or "a").and_(page.locator("a:not([href*='.xlsx'])"))
        if follow and links.count():
            answer = page.goto(site + str(links.first.get_attribute("href")))
        elif follow:
            wrong.append(f"{name} ({size}): no link {follow} on {address}")
            continue
        if answer is None or not answer.ok:
            wrong.append(f"{name} ({size}): {page.url} answers {answer and answer.status}")
        page.screenshot(path=folder / f"{name}-{size}.png", full_page=True)
    return wrong


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _wait_for(address: str, server: subprocess.Popen) -> None:
    for _ in range(1200):
        if server.poll() is not None:
            sys.exit("eshop serve ended before it answered")
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    sys.exit(f"{address} does not answer")


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
