"""What is no invoice of ours, or none that can be paid: rejected, duplicate, of somebody else."""

from decimal import Decimal
from typing import Any

from tests.invoicing.deviating import SUPPLIERS, Trial, World, kind, trial


@kind
def unknown_supplier(world: World) -> Trial:
    row = world.order()
    stranger = {**SUPPLIERS[0], "cvr": "12345674", "gln": "5790010009999", "name": "Ukendt ApS"}
    return trial(world.paper(row, supplier=stranger), "manual", reasons=("unknown_supplier",))


@kind
def another_supplier_bills_the_order(world: World) -> Trial:
    row = world.order()
    other = next(one for one in SUPPLIERS if one["cvr"] != row["supplier"]["cvr"])
    account = other["payment_accounts"][0]
    return trial(
        world.paper(row, supplier=other, account=(account["registration"], account["account"])),
        "manual",
        reasons=("supplier_mismatch",),
    )


@kind
def numbers_of_two_suppliers(world: World) -> Trial:
    row = world.order(supplier=0)
    return trial(world.paper(row, supplier_cvr=SUPPLIERS[1]["cvr"]), "manual", reasons=("supplier_mismatch",))


@kind
def unknown_institution(world: World) -> Trial:
    return trial(world.paper(world.order(), buyer_gln="5798020009992"), "rejected", reasons=("unknown_institution",))


@kind
def another_municipality(world: World) -> Trial:
    return trial(world.paper(world.order(), buyer_cvr="29189846"), "rejected", reasons=("unknown_institution",))


@kind
def the_same_number(world: World) -> Trial:
    row = world.order()
    first = world.paper(row)
    number = world.choose(
        first.number,
        f"00{first.number}",
        f"INV-{first.number}",
        f"{first.number[:3]}.{first.number[3:]}",
        f"Faktura {first.number}",
    )
    return trial([first, first.but(number=number, issued="2026-09-30")], "duplicate", reasons=("duplicate_number",))


@kind
def the_same_bytes(world: World) -> Trial:
    first = world.paper(world.order())
    return trial([first, first], "duplicate", reasons=("duplicate_bytes",))


@kind
def line_sum_wrong(world: World) -> Trial:
    row = world.order()
    return trial(
        world.paper(row, world.changed(row, amount=lambda line: str(line.net + world.choose(5, 100, -7)))),
        "rejected",
        reasons=("invalid",),
    )


def _edited(world: World, row: dict[str, Any], element: str) -> Trial:
    """The last amount of that name is ten kroner too high."""

    def edit(body: bytes) -> bytes:
        text = body.decode()
        end = text.rindex(f"</cbc:{element}>")
        start = text.rindex(">", 0, end) + 1
        return (text[:start] + str(Decimal(text[start:end]) + 10) + text[end:]).encode()

    return trial([(world.paper(row), edit)], "rejected", reasons=("invalid",))


@kind
def payable_wrong(world: World) -> Trial:
    return _edited(world, world.order(), "PayableAmount")


@kind
def sum_of_lines_wrong(world: World) -> Trial:
    row = world.order()

    def edit(body: bytes) -> bytes:
        head, mark, rest = body.partition(b"<cac:LegalMonetaryTotal>")
        start = rest.index(b">", rest.index(b"LineExtensionAmount")) + 1
        end = rest.index(b"<", start)
        return head + mark + rest[:start] + str(Decimal(rest[start:end].decode()) + 10).encode() + rest[end:]

    return trial([(world.paper(row), edit)], "rejected", reasons=("invalid",))


@kind
def vat_sum_wrong(world: World) -> Trial:
    row = world.order()

    def edit(body: bytes) -> bytes:
        start = body.index(b">", body.index(b"<cbc:TaxAmount")) + 1
        end = body.index(b"<", start)
        return body[:start] + str(Decimal(body[start:end].decode()) + 3).encode() + body[end:]

    return trial([(world.paper(row), edit)], "rejected", reasons=("invalid",))
