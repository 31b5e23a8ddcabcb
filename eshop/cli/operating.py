"""Commands of whoever runs the shop: the database, the demo, the servers, copies of everything, people and tokens."""

import sys
from datetime import date, timedelta
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

import catalogues
from eshop import backup as backups
from eshop import demo as demonstration
from eshop import migrations, people, serving
from eshop.amounts import Amount
from eshop.cli.frame import REFUSED, Command, Desk, Group, existing_file, pass_desk
from eshop.db import EVERYONE
from eshop.errors import BadInput, NotFound
from eshop.identity import PERMISSIONS, Municipality, Role, User, tie_to_supplier
from eshop.tokens import SCOPES, make_token, revoke_tokens
from eshop.wording import sentence
from eshop.worker import Worker


@click.group(cls=Group)
def db() -> None:
    """The database: bring it up to date, or ask what is out of date."""


@db.command()
@pass_desk
def upgrade(desk: Desk) -> None:
    """Carry out the migrations that the database lacks."""
    lacking = migrations.pending(desk.raw_database)
    migrations.upgrade(desk.raw_database)
    desk.say("database_upgraded", steps=len(lacking))
    _tell_old_words(desk)


@db.command()
@pass_desk
@click.pass_context
def check(context: click.Context, desk: Desk) -> None:
    """Say what is out of date; ends with 1 when something is."""
    lacking = migrations.pending(desk.raw_database)
    for one in lacking:
        desk.answer({"pending": one}, one)
    if lacking or _tell_old_words(desk):
        context.exit(REFUSED)
    desk.say("database_up_to_date")


def _tell_old_words(desk: Desk) -> bool:
    """Tells of which municipalities the search index was made by another analyser than that of this version."""
    old = []
    with desk.raw_database.read(EVERYONE) as session:
        municipalities = list(session.execute(select(Municipality.id, Municipality.name, Municipality.cvr)))
    for municipality_id, name, cvr in municipalities:
        with desk.raw_database.read(municipality_id) as session:
            if catalogues.index_is_old(session):
                old.append((name, cvr))
    for name, cvr in old:
        desk.answer({"search_index": "old", "municipality": cvr}, name)
    if old:
        desk.say("search_index_is_old")
    return bool(old)


@db.command()
@pass_desk
def reindex(desk: Desk) -> None:
    """Read the words of all items anew, while search goes on; broken off, it goes on where it was."""
    with desk.work() as (session, by):
        lines = catalogues.lines_to_reindex(session)
        with desk.progress("reading_words_anew", lines) as step:
            read = 0
            for done in catalogues.reindex(session, by):
                session.commit()
                read += done
                step(done)
    desk.say("words_read_anew", lines=read)


@db.command()
@click.argument("what")
@pass_desk
def draft(desk: Desk, what: str) -> None:
    """Write the next migration from the models, to be read, mended and committed."""
    written = migrations.draft(desk.raw_database, what)
    desk.answer({"written": str(written)}, str(written))


@click.command(cls=Command)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day the demo is made for; today unless given.")
@pass_desk
def demo(desk: Desk, day: object) -> None:
    """Lindeå Kommune with a year of orders and invoices. Run again, it adds nothing."""
    chosen: date | None = getattr(day, "date", lambda: None)()
    with desk.progress("making_demo", demonstration.STEPS) as step:
        made = demonstration.build(desk.database, chosen, desk.now, step)
    desk.say("demo_made" if made else "demo_there")
    for user, role in demonstration.SIGN_INS.items():
        click.echo(f"  {user:<8} {role}", err=True)


@click.command(cls=Command)
@pass_desk
def serve(desk: Desk) -> None:
    """Pages and API on PORT (8000)."""
    desk.say("serving", address=f"http://127.0.0.1:{desk.settings.port}", file=desk.database.url.database or "")
    serving.serve(desk.settings)


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="Do what is due and end.")
@pass_desk
def work(desk: Desk, once: bool) -> None:
    """The worker: sends orders, takes documents in, judges again, writes notices."""
    worker = Worker(desk.database, desk.settings)
    if once:
        done = worker.drain()
        desk.answer({"done": done}, lambda: sentence("work_done", {"count": done}, desk.locale))
        return
    desk.say("working")
    worker.run()


@click.command(cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_desk
def backup(desk: Desk, file: Path) -> None:
    """Write everything to FILE, while the shop goes on."""
    backups.save(desk.raw_database, file, desk.settings.data_dir)
    backups.note(desk.settings.data_dir, file, desk.now)
    desk.say("backup_written", file=str(file), size=file.stat().st_size)


@click.command(cls=Command)
@click.argument("file", type=existing_file)
@click.option("--replace", is_flag=True, help="Even where the database has a municipality: what it holds is lost.")
@pass_desk
def restore(desk: Desk, file: Path, replace: bool) -> None:
    """Put back what `backup` wrote, into an empty database."""
    backups.bring_back(desk.raw_database, file, replace=replace, data_dir=desk.settings.data_dir)
    desk.say("backup_restored", file=str(file))


@click.group(cls=Group)
def users() -> None:
    """People, their roles and passwords, and the tokens of systems."""


@users.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--institution", metavar="GLN", help="Where; the whole municipality unless given.")
@click.option("--limit", metavar="KRONER", help="The most an approver may approve.")
@click.option("--full-name", help="The person's name as others see it.")
@click.option("--supplier", metavar="CVR", help="Whose person it is, with the role supplier.")
@pass_desk
def add(
    desk: Desk,
    name: str,
    role: str,
    institution: str | None,
    limit: str | None,
    full_name: str | None,
    supplier: str | None,
) -> None:
    """Give NAME a role; the person is made where needed (the first administrator too)."""
    name = name.strip()
    if not name:
        raise BadInput("write_a_name")
    with desk.work() as (session, by):
        user = session.scalars(select(User).where(User.login == name)).one_or_none()
        if user is None:
            user = User(login=name, name=full_name or name)
            session.add(user)
            session.flush()
        elif full_name:
            user.name = full_name
        if supplier is not None:
            known = catalogues.find_supplier(session, cvr=supplier)
            if known is None:
                raise BadInput("suppliers_person_of_none", value=supplier, where="--supplier")
            tie_to_supplier(session, user, known.id, by)
        place = None if institution is None else desk.institution(session, institution).id
        people.give_role(session, user, Role(role), place, by, None if limit is None else Amount.of(limit))
        desk.say("role_given", user=name, role=role)
        if user.password_hash is None:
            desk.say("set_password_next", user=name)


@users.command()
@click.argument("name")
@pass_desk
def password(desk: Desk, name: str) -> None:
    """Set NAME's password: typed twice, or the first line of standard input."""
    if sys.stdin.isatty():
        chosen = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        chosen = sys.stdin.readline().rstrip("\n")
    with desk.work() as (session, by):
        people.choose_password(session, _user(session, name), chosen, by)
    desk.say("password_set", user=name)


def _user(session: Session, name: str) -> User:
    user = session.scalars(select(User).where(User.login == name)).one_or_none()
    if user is None:
        raise NotFound("not_found", thing="User", key=name)
    return user


@users.command()
@pass_desk
def roles(desk: Desk) -> None:
    """The roles, and what each may do."""
    for role in Role:
        may = sorted(verb for verb, holders in PERMISSIONS.items() if role in holders)
        desk.answer({"role": role.value, "may": may}, f"{role.value:<16} {', '.join(may)}")


@users.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(list(SCOPES)))
@click.option("--user", help="The person it acts for; without one it is a system's.")
@click.option("--days", type=click.IntRange(1), help="How many days it lives.")
@pass_desk
def token(desk: Desk, name: str, scopes: tuple[str, ...], user: str | None, days: int | None) -> None:
    """Make an access token for the API; it is shown once."""
    with desk.work() as (session, by):
        person = None if user is None else _user(session, user)
        until = None if days is None else desk.now + timedelta(days=days)
        text = make_token(session, name, scopes, by, person, until)
    desk.answer({"name": name, "token": text, "scopes": list(scopes)}, text)


@users.command()
@click.argument("name")
@pass_desk
def revoke(desk: Desk, name: str) -> None:
    """End every token called NAME, at once."""
    with desk.work() as (session, by):
        ended = revoke_tokens(session, name, by)
    if not ended:
        raise NotFound("not_found", thing="Token", key=name)
    desk.say("tokens_revoked", count=ended)
