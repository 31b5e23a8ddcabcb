"""`eshop search`, `offer` and `orders`."""

import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

import catalogues
import ordering
from eshop import answers, ubl
from eshop.amounts import Amount
from eshop.cli.frame import Command, Desk, Group, existing_file, pass_desk, read_json
from eshop.errors import BadInput
from eshop.wording import kroner, number, price, sentence, unit

day_option = click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day; today unless given.")
institution_option = click.option("--institution", required=True, metavar="GLN", help="Who would order.")


def _day(desk: Desk, given: datetime | None) -> date:
    return given.date() if given is not None else desk.actor.today


@click.command(cls=Command)
@click.argument("text")
@institution_option
@day_option
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@pass_desk
def search(desk: Desk, text: str, institution: str, on: datetime | None, limit: int) -> None:
    """What the institution would find, best first."""
    with desk.read() as (session, by):
        day = _day(desk, on)
        result = catalogues.search(
            session, text, answers.institution_of(session, institution, by.today), day, limit=limit
        )
        for rank, hit in enumerate(result.hits, 1):
            shown = answers.hit_shown(hit, rank)
            cost = price(Decimal(shown["price"]) if shown["price"] else None, desk.locale)
            desk.answer(shown, f"{rank:>3}  {cost:>10}  {shown['seller_item_id']:<14} {shown['name']}")
        if result.corrected:
            desk.say("search_corrected", text=text, corrected=result.corrected)
        if not result.hits:
            desk.say("search_found_nothing", text=text)


@click.command(cls=Command)
@click.argument("item")
@institution_option
@day_option
@pass_desk
def offer(desk: Desk, item: str, institution: str, on: datetime | None) -> None:
    """The price of ITEM, or why it cannot be ordered. ITEM is our id, or supplier-CVR/seller-item-id."""
    with desk.read() as (session, by):
        place = answers.institution_of(session, institution, by.today)
        shown = answers.offer_shown(session, item, place, _day(desk, on))
    if not shown["orderable"]:
        desk.refuse()
    desk.answer(shown, lambda: _offered(desk, shown))


@click.group(cls=Group)
def orders() -> None:
    """Place orders, show them, send them."""


@orders.command()
@click.argument("file", type=existing_file)
@pass_desk
def place(desk: Desk, file: Path) -> None:
    """Place what FILE.json says; one order per supplier and agreement."""
    given = read_json(file)
    if not isinstance(given, dict):
        raise BadInput("file_shape", file=str(file), expected='{"institution": GLN, "by": user, "lines": […]}')
    with desk.work() as (session, by):
        made = answers.place_orders(session, given, by)
        shown = [answers.order_shown(session, order, by.today) for order in made]
    for one in shown:
        desk.answer(one, _line(desk, one))


@orders.command()
@click.argument("number")
@click.option(
    "--ubl", "profile", type=click.Choice(["oioubl", "peppol"]), help="The order as the document the supplier gets."
)
@pass_desk
def show(desk: Desk, number: str, profile: str | None) -> None:
    """One order, with its approval, documents, receipts, invoices and cost."""
    with desk.read() as (session, by):
        order = ordering.find_order(session, number)
        if profile is not None:
            word = {"oioubl": "oioubl-2.1", "peppol": "peppol-bis-3"}[profile]
            content = ubl.write(ordering.order_document(session, order), word)
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
            return
        shown = answers.order_shown(session, order, by.today)
    desk.answer(shown, lambda: _told(desk, shown))


@orders.command()
@click.argument("number", required=False)
@pass_desk
def send(desk: Desk, number: str | None) -> None:
    """Send one order, or every order that may leave, without the wait in which it can be undone."""
    with desk.work() as (session, by):
        one = None if number is None else ordering.find_order(session, number)
        sent = ordering.send_all(session, by) if one is None else [ordering.send(session, one, by)]
        shown = [answers.order_shown(session, order, by.today) for order in sent]
    for one in shown:
        if one["state"] == "returned":
            desk.refuse()
        desk.answer(one, _line(desk, one))
    if not shown:
        desk.say("nothing_to_send")


def _offered(desk: Desk, shown: dict[str, Any]) -> str:
    if not shown["orderable"]:
        return sentence(f"offer_{shown['reason']}", None, desk.locale)
    values = {
        **shown,
        "price": f"{price(Decimal(shown['price']), desk.locale)}\u00a0kr.",
        "base_quantity": number(Decimal(shown["base_quantity"]), desk.locale),
        "valid_to": date.fromisoformat(shown["valid_to"]) if shown["valid_to"] else None,
    }
    return sentence("offer_told", values, desk.locale)


def _line(desk: Desk, shown: dict[str, Any]) -> str:
    state = sentence(f"state:order:{shown['state']}", None, desk.locale)
    who = f" ({', '.join(shown['approval']['who'])})" if shown["state"] == "waiting" else ""
    return f"{shown['number']}  {state}{who}  {kroner(Amount.of(shown['total']), desk.locale)}  {shown['supplier']['name']}"


def _told(desk: Desk, shown: dict[str, Any]) -> str:
    lines = [
        f"  {one['line']:>4}  {number(Decimal(one['quantity']), desk.locale):>8} {unit(one['unit'], desk.locale):<10}"
        f" {price(Decimal(one['price']), desk.locale):>10}  {one['name']}"
        for one in shown["lines"]
    ]
    phases = {name: Amount.of(shown["cost"][name]) for name in ("purchase", "receipt", "payment", "total")}
    return "\n".join([_line(desk, shown), *lines, f"  {sentence('order_cost_told', phases, desk.locale)}"])
