"""The worker fetches pictures of items: read what is due, fetch outside of any unit of work, keep each in a short one of its own."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import structlog
from sqlalchemy import select

import catalogues
from eshop.config import Settings
from eshop.db import EVERYONE, Database
from eshop.errors import BadInput
from eshop.fetching import FetchRefused, fetch

AT_ONCE: Final = 20
WITHIN: Final = 8.0
"""Seconds for one picture; and after so many in all, orders and letters have their turn again."""
LARGEST: Final = 8 * 2**20

log = structlog.get_logger("eshop.pictures")


def fetch_due(database: Database, settings: Settings, now: Callable[[], datetime]) -> int:
    """Fetches some of the pictures that are due, of every municipality; returns how many were dealt with."""
    with database.read(EVERYONE) as session:
        waiting = catalogues.ItemPicture
        places = session.scalars(
            select(waiting.municipality_id)
            .where(waiting.state == "waiting", waiting.next_at <= now())
            .distinct()
            .order_by(waiting.municipality_id)
        ).all()
    return sum(_fetch_some(database, settings, now, one) for one in places)


def _fetch_some(database: Database, settings: Settings, now: Callable[[], datetime], municipality_id: int) -> int:
    with database.read(municipality_id) as session:
        due = catalogues.due_pictures(session, now(), AT_ONCE)
    started, done, silent = time.monotonic(), 0, set[str]()
    for one in due:
        if time.monotonic() - started > WITHIN:
            break
        host = urlsplit(one.address).netloc
        try:
            if host in silent:
                raise FetchRefused("fetch_failed", host=host)
            made = catalogues.shrunk(_fetched(one, settings))
        except BadInput as refusal:
            if refusal.code == "fetch_failed":
                silent.add(host)
            log.info("pictures.refused", picture=one.id, reason=refusal.code)
            with database.work(municipality_id) as session:
                catalogues.refuse_picture(session, one.id, refusal.code, now())
        else:
            with database.work(municipality_id) as session:
                catalogues.keep_picture(session, one.id, made)
        done += 1
    return done


def _fetched(one: catalogues.DuePicture, settings: Settings) -> bytes:
    return fetch(
        one.address,
        internal=settings.internal_hosts,
        allowed=lambda host: catalogues.host_allowed(host, one.hosts),
        headers={"Accept": "image/webp,image/png,image/jpeg,image/gif"},
        most=LARGEST,
        redirects=3,
        within=WITHIN,
    ).body
