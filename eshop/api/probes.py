"""Whether the shop is up (`/healthz`), can work (`/readyz`) and how it is doing (`/metrics`)."""

import time
from typing import Any, Final

from flask import Blueprint, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
    values,
)
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from eshop.api.guards import Unauthenticated, authenticate, house, open_to_all
from eshop.db import EVERYONE
from eshop.errors import NotAllowed
from eshop.exchange import Message
from eshop.jobs import Job

ADDRESSES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})

blueprint = Blueprint("probes", __name__)

_requests = Counter("eshop_requests_total", "Requests answered", ["endpoint", "method", "status"])
_seconds = Histogram("eshop_request_seconds", "Seconds to answer", ["endpoint"])


@blueprint.get("/healthz")
@open_to_all
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@open_to_all
def readyz() -> Response:
    """The database answers too."""
    try:
        with house().database.read(EVERYONE) as session:
            session.scalar(select(func.count()).select_from(Job).where(Job.state == "dead"))
    except SQLAlchemyError:
        return Response("the database does not answer\n", 503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Figures for Prometheus: for this machine itself, and for tokens with the scope metrics:read."""
    if request.remote_addr not in LOOPBACK or "X-Forwarded-For" in request.headers:
        try:
            allowed = "metrics:read" in authenticate().scopes
        except Unauthenticated as error:
            raise Unauthenticated("token_missing") from error
        if not allowed:
            raise NotAllowed("scope_missing", scope="metrics:read")
    registry = CollectorRegistry()
    if values.ValueClass is not values.MutexValue:
        multiprocess.MultiProcessCollector(registry)
    else:
        registry.register(_requests)
        registry.register(_seconds)
    own = CollectorRegistry()
    _count_rows(own)
    return Response(generate_latest(registry) + generate_latest(own), mimetype=CONTENT_TYPE_LATEST)


metrics.access = "metrics:read"  # type: ignore[attr-defined]


def _count_rows(registry: CollectorRegistry) -> None:
    """What waits and what is stuck, read from the rows themselves: the same whichever process answers."""
    jobs = Gauge("eshop_jobs", "Jobs by kind and state", ["kind", "state"], registry=registry)
    messages = Gauge("eshop_messages", "Documents by direction and state", ["direction", "state"], registry=registry)
    with house().database.read(EVERYONE) as session:
        for kind, state, number in session.execute(
            select(Job.kind, Job.state, func.count()).group_by(Job.kind, Job.state)
        ):
            jobs.labels(kind, state).set(number)
        for direction, state, number in session.execute(
            select(Message.direction, Message.state, func.count()).group_by(Message.direction, Message.state)
        ):
            messages.labels(direction, state).set(number)


@blueprint.before_app_request
def _begin() -> None:
    g.began = time.perf_counter()


@blueprint.after_app_request
def _end(answer: Response) -> Response:
    endpoint = request.endpoint or "none"
    _requests.labels(endpoint, request.method, str(answer.status_code)).inc()
    began: Any = g.get("began")
    if began is not None:
        _seconds.labels(endpoint).observe(time.perf_counter() - began)
    return answer
