"""The names of INTERFACES.md: commands and options, REST addresses, settings, outcomes, fields. None of them may disappear."""

import re
from pathlib import Path

import click
import pytest
from flask import Flask

from eshop.app import create_app
from eshop.cli import main
from eshop.config import Settings
from eshop.db import Database
from eshop.identity import Policy
from tests.conftest import ROOT
from tests.test_house import STEPS

# §2: command → the options it must take beside --municipality and --json
COMMANDS = {
    "db upgrade": "",
    "db check": "",
    "demo": "",
    "serve": "",
    "work": "--once",
    "load organisation": "",
    "load agreements": "",
    "load catalogue": "--agreement --dry-run --accept --accept-all",
    "load orders": "",
    "load receipts": "",
    "load suppliers": "",
    "load policy": "",
    "load classification": "",
    "receive": "",
    "check": "--official",
    "search": "--institution --on --limit",
    "offer": "--institution --on",
    "orders place": "",
    "orders show": "--ubl",
    "orders send": "",
    "export postings": "--format --batch",
    "export organisation": "",
    "export agreements": "",
    "export orders": "",
    "export receipts": "",
    "export suppliers": "",
    "export policy": "",
    "report": "--period --institution --csv",
    "replay": "--since",
    "backup": "",
    "restore": "",
    "users add": "--role --institution",
    "users password": "",
    "users roles": "",
}

# §3: address → methods
ADDRESSES = {
    "/api/v1/openapi.json": "GET",
    "/api/v1/docs": "GET",
    "/api/v1/items": "GET",
    "/api/v1/items/<>/offer": "GET",
    "/api/v1/agreements": "GET",
    "/api/v1/catalogues": "GET POST",
    "/api/v1/catalogues/<>": "GET",
    "/api/v1/catalogues/<>/accept": "POST",
    "/api/v1/orders": "GET POST",
    "/api/v1/orders/<>": "GET",
    "/api/v1/orders/<>/receipts": "GET POST",
    "/api/v1/documents": "POST",
    "/api/v1/documents/<>": "GET",
    "/api/v1/invoices": "GET",
    "/api/v1/invoices/<>/decision": "POST",
    "/api/v1/posting-batches": "GET POST",
    "/api/v1/reports/<>": "GET",
    "/healthz": "GET",
    "/readyz": "GET",
    "/metrics": "GET",
}

POLICY = (
    "price_tolerance_percent price_tolerance_amount_per_line rounding_tolerance_per_document quantity_tolerance_percent "
    "freight_without_order_line_max post_without_reference vat_must_equal_order cumulative_per_order "
    "cumulative_per_supplier_month one_person_max sample_percent"
)


def found(name: str) -> click.Command:
    command: click.Command = main
    for word in name.split():
        assert isinstance(command, click.Group), name
        inner = command.get_command(click.Context(command), word)
        assert inner is not None, f"eshop {name} is gone"
        command = inner
    return command


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_keeps_its_name_and_options(name: str) -> None:
    command = found(name)
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    wanted = {"--municipality", "--json", *COMMANDS[name].split()}
    assert wanted <= options, f"eshop {name} lost {sorted(wanted - options)}"
    assert (command.help or "").strip(), f"eshop {name} says nothing of itself"


def test_an_address_keeps_its_name_and_methods(sqlite_database: Database, tmp_path: Path) -> None:
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    app: Flask = create_app(settings, sqlite_database)
    there: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        plain = "/".join("<>" if part.startswith("<") else part for part in rule.rule.split("/"))
        there.setdefault(plain, set()).update(rule.methods or ())
    for address, methods in ADDRESSES.items():
        assert address in there, f"{address} is gone"
        assert set(methods.split()) <= there[address], f"{address} answers {there[address]}"


def test_the_policy_keeps_its_names() -> None:
    assert set(POLICY.split()) <= set(Policy().as_json())


@pytest.mark.parametrize(
    "name",
    [
        "ESHOP_DATABASE_URL", "ESHOP_DATA_DIR", "ESHOP_SECRET_KEY", "ESHOP_OFFICIAL_RULES", "ESHOP_SMTP_URL",
        "ESHOP_OIDC_ISSUER", "ESHOP_OIDC_CLIENT_ID", "ESHOP_OIDC_CLIENT_SECRET", "PORT",
    ],
)  # fmt: skip
def test_a_setting_is_read_by_its_name(name: str) -> None:
    source = Path(Settings.from_environment.__func__.__code__.co_filename).read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert f'"{name}"' in source or name.removeprefix("ESHOP_OIDC_") in source


def test_the_readme_names_commands_and_options_that_are_there() -> None:
    """`eshop search håndsæbe --institution …`: each word that is a command or an option is one of ours."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"(?:`|\.venv/bin/|^    |&& )eshop ([a-z][^`\n]*)", text, re.M)
    assert len(told) > 12
    for line in told:
        command: click.Command = main
        words = line.split()
        while words and isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words[0])
            if found is None:
                break
            command = found
            words.pop(0)
        assert command is not main, f"eshop {line}"
        options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        unknown = [word for word in words if word.startswith("--") and word.rstrip(".,;") not in options]
        assert unknown == [], f"eshop {line}"


def test_the_readme_links_to_files_that_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert linked
    assert [link for link in linked if not (ROOT / link).is_file()] == []


def test_the_readme_draws_the_house_as_it_stands() -> None:
    """The map has every step of the ground floor with its number, and names files that are there."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    told = {name: int(step) for name, step in re.findall(r"([a-z_]+)/? (\d)(?= ·|$)", text, re.M)}
    assert told == STEPS
    looked_in = re.findall(r"^\| [^|]+ \| (.*) \|$", text.split("| To change | Look in |")[1], re.M)
    named = [path for places in looked_in for path in re.findall(r"`([a-z_]+/[a-z_./]+)`", places)]
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []
