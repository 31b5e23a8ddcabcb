"""`eshop receive`, `check` and `replay`: documents in, judged, and judged again from their bytes."""

from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

import invoicing
from eshop import intake, ubl
from eshop.cli.frame import Command, Desk, existing_path, files_under, pass_desk
from eshop.errors import ConfigurationError
from eshop.findings import Finding
from eshop.identity import COPENHAGEN
from eshop.ubl import official, rules
from eshop.wording import Locale, sentence


@click.command(cls=Command)
@click.argument("paths", nargs=-1, required=True, type=existing_path)
@pass_desk
def receive(desk: Desk, paths: tuple[Path, ...]) -> None:
    """Business documents, or folders of them: recognise, register and control."""
    files = files_under(paths)
    with desk.progress("receiving", len(files)) as step:
        for file in files:
            answer = {"file": str(file), **_receive(desk, file)}
            if answer["outcome"] == "rejected":
                desk.refuse()
            desk.answer(answer, lambda answer=answer: _line(answer, desk.locale))
            step(1)


def _receive(desk: Desk, file: Path) -> dict[str, Any]:
    size = file.stat().st_size
    if size > intake.LARGEST_DOCUMENT:
        return intake.too_large(size)
    return intake.take(
        desk.database, desk.municipality_id, file.read_bytes(), file.name, desk.now, door="cli", channel="folder"
    )


def _line(answer: dict[str, Any], locale: Locale) -> str:
    """One line for eyes: file, type and number, outcome, reasons, and the first finding in words."""
    told = [answer["file"], " ".join(filter(None, (answer["document_type"], answer["document_id"]))) or "–"]
    why = " ".join(sentence(f"reason_{one}", None, locale) for one in answer["reasons"])
    told.append(sentence(f"outcome:{answer['outcome']}", None, locale) + (f": {why}" if why else ""))
    errors = [one["text"] for one in answer["findings"] if one["severity"] == "error"]
    return "  ".join(told + errors[:1])


@click.command(cls=Command)
@click.argument("paths", nargs=-1, required=True, type=existing_path)
@click.option("--official", "with_official", is_flag=True, help="Also run the rule sheets of ESHOP_OFFICIAL_RULES.")
@pass_desk
def check(desk: Desk, paths: tuple[Path, ...], with_official: bool) -> None:
    """The same judgement of form and rules; changes nothing."""
    files = files_under(paths)
    with _sheets(desk) if with_official else nullcontext() as sheets, desk.progress("checking", len(files)) as step:
        for file in files:
            answer = {"file": str(file), **_check(desk, file)}
            if sheets is not None:
                answer["official"] = _official(sheets, file)
            if answer["valid"] is False:
                desk.refuse()
            desk.answer(answer, lambda answer=answer: _checked_line(answer, desk.locale))
            step(1)


def _sheets(desk: Desk) -> official.OfficialRules:
    if desk.settings.official_rules is None:
        raise ConfigurationError("official_rules_not_set")
    return official.OfficialRules(desk.settings.official_rules)


def _official(sheets: official.OfficialRules, file: Path) -> dict[str, Any] | None:
    """What the publishers' own sheets say; None where they have none for the document."""
    if file.stat().st_size > intake.LARGEST_DOCUMENT:
        return None
    verdict = sheets.check(file.read_bytes())
    return None if verdict is None else verdict.as_json()


def _check(desk: Desk, file: Path) -> dict[str, Any]:
    size = file.stat().st_size
    if size > intake.LARGEST_DOCUMENT:
        finding = Finding("document_too_large", "error", "", {"size": size, "size_limit": intake.LARGEST_DOCUMENT})
        return {"document_type": None, "profile": None, "valid": False, "findings": [desk.finding(finding)]}
    try:
        identification, document = ubl.open_document(file.read_bytes())
    except ubl.UnreadableDocument as refusal:
        unknown = refusal.code == "unknown_document_type"
        foreign = ubl.identify(file.read_bytes()) if unknown else None
        told = intake.webshop_document(foreign, file.read_bytes()) if foreign is not None else None
        finding = Finding(refusal.code, "warning" if unknown else "error", "", refusal.values)
        return {
            "document_type": told.kind if told else refusal.values.get("type") if unknown else None,
            "profile": intake.profile_name(foreign) if foreign is not None and told is not None else None,
            "valid": None if unknown else False,
            "findings": [desk.finding(finding)],
        }
    judgement = rules.check(document, identification.profile)
    judged = rules.has_rules(document, identification.profile) or not judgement.valid
    return {
        "document_type": identification.document_type,
        "profile": intake.profile_name(identification),
        "valid": judgement.valid if judged else None,
        "findings": [desk.finding(one) for one in judgement.findings],
    }


def _checked_line(answer: dict[str, Any], locale: Locale) -> str:
    word = sentence(
        {True: "check_valid", False: "check_invalid", None: "check_no_rules"}[answer["valid"]], None, locale
    )
    told = "; ".join(f"{one['rule'] or one['code']}: {one['text']}" for one in answer["findings"][:3])
    return "  ".join(filter(None, (answer["file"], answer["document_type"] or "–", word, told)))


@click.command(cls=Command)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what came on this day or later.")
@pass_desk
def replay(desk: Desk, since: datetime | None) -> None:
    """Judge all invoices again from their bytes, and print what differs. Changes nothing."""
    start = None if since is None else since.replace(tzinfo=COPENHAGEN)
    with desk.read() as (session, by):
        for difference in invoicing.replay(session, start, by):
            desk.refuse()
            told = sentence("replay_difference", _difference(difference, desk.locale), desk.locale)
            desk.answer(asdict(difference) | {"text": told}, told)
    if not desk.refused:
        desk.say("replay_same")


def _difference(found: invoicing.Difference, locale: Locale) -> dict[str, str]:
    """Number, outcome then and now, and both whys, in words."""
    return {
        "number": found.number,
        "was": sentence(f"outcome:{found.was[0]}", None, locale),
        "now": sentence(f"outcome:{found.now[0]}", None, locale),
        "reasons": " ".join(sentence(f"reason_{one}", None, locale) for one in found.now[1]),
        "why": sentence(f"replay_{found.why}", None, locale),
    }
