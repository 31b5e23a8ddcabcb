"""Sign-in by the municipality's own OpenID Connect provider: a real one, started by the test, with code and PKCE."""

import base64
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from flask import Flask, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey

from eshop.app import create_app
from eshop.config import Settings
from eshop.db import EVERYONE, Database
from eshop.identity import User
from tests import builders

CLIENT = "eshop-client"
SECRET = "eshop-secret"


class Provider:
    """Signs `person` in at once; checks client, redirect and PKCE as the standard asks."""

    def __init__(self) -> None:
        self.person: dict[str, str] = {}
        self.issuer = ""
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)
        self.codes: dict[str, dict[str, str]] = {}
        self.app = Flask("provider")
        self.app.add_url_rule("/.well-known/openid-configuration", view_func=self.configuration)
        self.app.add_url_rule("/authorize", view_func=self.authorize)
        self.app.add_url_rule("/token", view_func=self.token, methods=["POST"])
        self.app.add_url_rule("/keys", view_func=self.keys)

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def authorize(self) -> Any:
        assert request.args["client_id"] == CLIENT
        assert request.args["code_challenge_method"] == "S256"
        if not self.person:
            return redirect(
                f"{request.args['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': request.args['state']})}"
            )
        self.codes["a-code"] = {"nonce": request.args["nonce"], "challenge": request.args["code_challenge"]}
        return redirect(
            f"{request.args['redirect_uri']}?{urlencode({'code': 'a-code', 'state': request.args['state']})}"
        )

    def token(self) -> Any:
        given = self.codes.pop(request.form["code"])
        verifier = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() == given["challenge"]
        assert request.authorization is not None
        assert request.authorization.username == CLIENT
        assert request.authorization.password == SECRET
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 60,
            "nonce": given["nonce"],
            **self.person,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return {"access_token": "unused", "token_type": "Bearer", "expires_in": 60, "id_token": signed}

    def keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}


@pytest.fixture
def provider(serve: Callable[[Any], str]) -> Provider:
    made = Provider()
    made.issuer = serve(made.app)
    return made


@pytest.fixture
def shop(sqlite_database: Database, tmp_path: Path, provider: Provider) -> tuple[Flask, builders.Town]:
    town = builders.town(sqlite_database)
    settings = Settings.from_environment(
        {
            "ESHOP_DATA_DIR": str(tmp_path),
            "ESHOP_SECRET_KEY": "k" * 40,
            "ESHOP_OIDC_ISSUER": provider.issuer,
            "ESHOP_OIDC_CLIENT_ID": CLIENT,
            "ESHOP_OIDC_CLIENT_SECRET": SECRET,
        }
    )
    return create_app(settings, sqlite_database), town


def through(app: Flask, start: str) -> Any:
    """The browser's way: to the provider, and back with the code."""
    client = app.test_client()
    leaving = client.get(start)
    assert leaving.status_code == 302
    provider_says = _fetch(leaving.location)
    answer = client.get(provider_says)
    return client, answer


def _fetch(address: str) -> str:
    answer = requests.get(address, allow_redirects=False, timeout=5)
    assert answer.status_code == 302
    return "/" + answer.headers["Location"].split("/", 3)[3]


def test_the_first_sign_in_ties_the_person_to_the_provider(shop: Any, provider: Provider) -> None:
    app, town = shop
    with town.work() as session:
        login = session.get_one(User, town.people["mette"]).login
    page = app.test_client().get("/sign-in").text
    assert "Log ind med Lindeå Kommune" in page
    provider.person = {"sub": "4711", "preferred_username": login}
    client, answer = through(app, "/sign-in/organisation?next=/orders")
    assert answer.status_code == 303
    assert answer.location == "/orders"
    assert client.get("/orders").status_code == 200
    with town.database.read(EVERYONE) as session:
        assert session.get_one(User, town.people["mette"]).oidc_subject == f"{provider.issuer} 4711"
    # From now on only the subject counts: somebody else who takes the user name over is nobody.
    provider.person = {"sub": "9999", "preferred_username": login}
    client, answer = through(app, "/sign-in/organisation")
    assert answer.location == "/sign-in"
    assert "ikke oprettet" in client.get("/sign-in").text


def test_a_sign_in_that_is_broken_off_is_said(shop: Any, provider: Provider) -> None:
    app, _ = shop
    client, answer = through(app, "/sign-in/organisation")
    assert answer.location == "/sign-in"
    assert "ikke logget ind" in client.get("/sign-in").text


def test_an_answer_that_nobody_asked_for_opens_nothing(shop: Any) -> None:
    app, _ = shop
    client = app.test_client()
    assert client.get("/sign-in/organisation/back?code=a-code&state=planted").location == "/sign-in"
    assert client.get("/shop").status_code == 303


def test_without_a_provider_there_is_only_the_password(sqlite_database: Database, tmp_path: Path) -> None:
    builders.town(sqlite_database)
    settings = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_SECRET_KEY": "k" * 40})
    client = create_app(settings, sqlite_database).test_client()
    assert "Log ind med Lindeå" not in client.get("/sign-in").text
    assert client.get("/sign-in/organisation").location == "/sign-in"
