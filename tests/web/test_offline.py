"""Receiving without a net, in real browsers: the page opens, what is counted is kept, and each delivery becomes one receipt."""

import io
import re
import socket
from typing import Any

from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

import ordering
from eshop.db import EVERYONE
from tests.web.conftest import Surf
from tests.web.test_receiving import a_photo


def at_the_door(surf: Surf, user: str) -> tuple[Page, str]:
    """Somebody on a phone with the deliveries kept; and the address of the first one's count."""
    page = surf.signed_in(user, 390)
    page.goto(f"{surf.url}/receive")
    page.evaluate("navigator.serviceWorker.ready")
    address = str(page.locator("a[data-keep]").first.get_attribute("href"))
    page.wait_for_function(
        "async address => !!(await (await caches.open('eshop-receiving-pages')).match(address))", arg=address
    )
    page.reload()  # through the worker, so that the page's files are kept as well
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.goto(f"{surf.url}{address}")
    expect(page.locator("[data-good]").first).to_be_visible()
    page.goto(f"{surf.url}/receive")
    return page, address


def cut(context: BrowserContext) -> None:
    context.set_offline(True)


def receipts(surf: Surf, address: str) -> int:
    order = int(address.split("/")[2])
    with surf.database.read(EVERYONE) as session:
        return session.scalar(select(func.count()).where(ordering.Receipt.order_id == order)) or 0


def test_two_phones_without_a_net_make_one_receipt_of_a_delivery(surf: Surf) -> None:
    aisha, address = at_the_door(surf, "aisha")
    mette, same = at_the_door(surf, "mette")
    assert same == address
    before = receipts(surf, address)
    for page in (aisha, mette):
        cut(page.context)
        page.goto(f"{surf.url}{address}")
        expect(page.locator("[data-no-net]")).to_contain_text("Ingen forbindelse")
        expect(page.locator("input[name^=quantity]").first).to_be_visible()
    line = aisha.locator("[data-expected]").first
    line.get_by_role("button", name=re.compile("^Én .* færre")).click()
    counted = line.locator("input[name^=quantity]").input_value()
    aisha.reload()
    expect(aisha.locator("input[name^=quantity]").first).to_have_value(counted)  # what was counted is kept
    for page in (aisha, mette):
        page.get_by_role("button", name=re.compile("^Bekræft")).click()
        page.wait_for_url(f"{surf.url}/receive")
        expect(page.locator("[data-kept]")).to_contain_text("Venter på forbindelse")
    assert receipts(surf, address) == before
    aisha.context.set_offline(False)
    expect(aisha.locator("[data-kept]")).to_be_hidden(timeout=30_000)
    assert receipts(surf, address) == before + 1
    mette.context.set_offline(False)
    expect(mette.locator("[data-kept]")).to_contain_text(re.compile("har modtaget på"), timeout=30_000)
    assert receipts(surf, address) == before + 1
    mette.get_by_role("button", name="Kassér min optælling").click()
    expect(mette.locator("[data-kept]")).to_be_hidden()
    forgive(surf)


def test_an_answer_that_is_lost_on_the_way_is_not_a_second_receipt(surf: Surf) -> None:
    page, address = at_the_door(surf, "aisha")
    before = receipts(surf, address)
    page.goto(f"{surf.url}{address}")
    lost: list[str] = []
    answers = surf.app.wsgi_app

    def break_off(environ: Any, start_response: Any) -> Any:
        """The server has the receipt, and the phone never hears so."""
        if lost or not environ["PATH_INFO"].endswith("/receipts"):
            return answers(environ, start_response)
        list(answers(environ, lambda status, _headers: lost.append(status)))
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError

    surf.app.wsgi_app = break_off  # type: ignore[method-assign]
    page.get_by_role("button", name=re.compile("^Bekræft")).click()
    page.wait_for_url(f"{surf.url}/receive")
    expect(page.locator("[data-kept]")).to_be_hidden(timeout=30_000)
    assert lost == ["201 CREATED"]
    assert receipts(surf, address) == before + 1
    forgive(surf)


def test_a_picture_is_shrunk_on_the_phone_and_a_barcode_can_be_typed(surf: Surf) -> None:
    page, address = at_the_door(surf, "aisha")
    page.goto(f"{surf.url}{address}")
    line = page.locator("[data-expected]").first
    line.locator("summary").click()
    line.locator("input[type=file]").set_input_files(
        {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": a_photo(4000, 3000)}
    )
    page.wait_for_function("() => document.querySelector('input[type=file]').files[0].name === 'billede.jpg'")
    size = page.evaluate(
        "createImageBitmap(document.querySelector('input[type=file]').files[0]).then(one => [one.width, one.height])"
    )
    assert size == [1600, 1200]
    page.get_by_role("button", name="Skan stregkode").click()
    expect(page.locator("[data-scan-said]")).to_contain_text("Kameraet er slået fra")
    code = str(line.get_attribute("data-codes")).split(" ")[0]
    for _ in range(2):
        page.locator("[data-code]").fill(code)
        page.get_by_role("button", name="Tæl én").click()
    expect(line.locator("input[name^=quantity]")).to_have_value("2")
    page.locator("[data-code]").fill("4006381333931")
    page.get_by_role("button", name="Tæl én").click()
    expect(page.locator("[data-scan-said]")).to_contain_text("Ikke på denne bestilling")
    page.get_by_role("button", name="Luk").click()
    expect(line.locator("[data-scanned]")).to_contain_text("Skannet")


def test_the_reader_of_barcodes_reads_one(surf: Surf) -> None:
    """The reader itself, under the page's own content security policy, on a drawn EAN-13."""
    page, address = at_the_door(surf, "aisha")
    page.goto(f"{surf.url}{address}")
    picture = io.BytesIO()
    ean13("4006381333931").save(picture, "PNG")
    read = page.evaluate(
        """async bytes => {
            const button = document.querySelector("[data-scan-open]");
            const script = document.createElement("script");
            script.src = button.dataset.script;
            await new Promise(done => { script.onload = done; document.head.append(script); });
            ZXingWASM.prepareZXingModule({overrides: {locateFile: () => button.dataset.wasm}});
            const found = await ZXingWASM.readBarcodes(new Blob([new Uint8Array(bytes)]));
            return found.map(one => one.text);
        }""",
        list(picture.getvalue()),
    )
    assert read == ["4006381333931"]


def ean13(digits: str) -> Image.Image:
    """The bars of an EAN-13, four pixels a module, with its quiet zones."""
    left = [
        "0001101",
        "0011001",
        "0010011",
        "0111101",
        "0100011",
        "0110001",
        "0101111",
        "0111011",
        "0110111",
        "0001011",
    ]
    parity = ["LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL"]
    right = ["".join("10"[int(bit)] for bit in code) for code in left]
    first = "".join(
        left[int(one)] if kind == "L" else right[int(one)][::-1]
        for one, kind in zip(digits[1:7], parity[int(digits[0])], strict=True)
    )
    bars = "101" + first + "01010" + "".join(right[int(one)] for one in digits[7:]) + "101"
    image = Image.new("L", (4 * (len(bars) + 24), 240), 255)
    for place, bar in enumerate(bars):
        if bar == "1":
            image.paste(0, (4 * (place + 12), 20, 4 * (place + 13), 220))
    return image


def forgive(surf: Surf) -> None:
    """The browser tells of requests that failed because the net was cut: that is what the test did, and 409 is an answer."""
    surf.errors[:] = [
        one
        for one in surf.errors
        if not re.search(r"ERR_INTERNET_DISCONNECTED|ERR_EMPTY_RESPONSE|409|Failed to fetch", one)
    ]
