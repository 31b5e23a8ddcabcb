"""The command line, `eshop` (INTERFACES §2). `main` is the console script."""

import click

from eshop.cli.frame import Desk, Main, municipality_option


@click.group(cls=Main, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--debug", is_flag=True, help="Show a traceback where something fails.")
@click.option("--language", type=click.Choice(["da", "en"]), default="da", help="Of messages and findings.")
@click.version_option(package_name="eshop", message="eshop %(version)s")
@click.pass_context
def main(context: click.Context, debug: bool, language: str) -> None:
    """Procurement for Danish municipalities: from the supplier's catalogue to the posted invoice."""
    desk = context.ensure_object(Desk)
    desk.debug = debug
    desk.locale = "en" if language == "en" else "da"


main.params.append(municipality_option())
main.told = {
    "db": ("operating", "The database: bring it up to date, or ask what is out of date."),
    "demo": ("operating", "Lindeå Kommune with a year of orders and invoices."),
    "serve": ("operating", "Pages and API on PORT (8000)."),
    "work": ("operating", "The worker: sends orders, takes documents in, judges again, writes notices."),
    "backup": ("operating", "Write everything to FILE, while the shop goes on."),
    "restore": ("operating", "Put back what `backup` wrote, into an empty database."),
    "users": ("operating", "People, their roles and passwords, and the tokens of systems."),
    "load": ("loading", "Load a municipality's own data."),
    "receive": ("documents", "Business documents, or folders of them: recognise, register and control."),
    "check": ("documents", "The same judgement of form and rules; changes nothing."),
    "replay": ("documents", "Judge all invoices again from their bytes, and print what differs."),
    "search": ("shopping", "What the institution would find, best first."),
    "offer": ("shopping", "The price of ITEM, or why it cannot be ordered."),
    "orders": ("shopping", "Place orders, show them, send them."),
    "export": ("exporting", "What was loaded, in the form it is loaded in; and postings."),
    "report": ("reporting", "A figure of what has been bought, invoiced and handled."),
}

__all__ = ["main"]
