"""The command line, `eshop` (INTERFACES §2). `main` is the console script."""

import click

from eshop.cli import documents, exporting, loading, operating, reporting, shopping
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
for command in (
    operating.db,
    operating.demo,
    operating.serve,
    operating.work,
    operating.backup,
    operating.restore,
    operating.users,
    loading.load,
    documents.receive,
    documents.check,
    documents.replay,
    shopping.search,
    shopping.offer,
    shopping.orders,
    exporting.export,
    reporting.report,
):
    main.add_command(command)

__all__ = ["main"]
