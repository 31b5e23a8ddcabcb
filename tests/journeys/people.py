"""People at their browsers, without scripts: they read pages, follow links and press buttons by what stands on them."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient


@dataclass
class Button:
    text: str = ""
    name: str | None = None
    value: str = ""
    action: str | None = None


@dataclass
class Form:
    """A form as it stands: where it goes, what its fields hold, and what its buttons say."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[Button] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.links: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.form: Form | None = None
        self.button: Button | None = None
        self.link: list[str] | None = None
        self.select: tuple[Form, str] | None = None
        self.area: tuple[Form, str] | None = None
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style", "svg", "template"):
            self.silent += 1
        form = self.by_id.setdefault(given["form"], Form("", "post")) if "form" in given else self.form
        if tag == "form":
            self.form = self.by_id.get(given.get("id", ""), Form("", "get"))
            self.form.action, self.form.method = given.get("action", ""), given.get("method", "get").lower()
            if "id" in given:
                self.by_id[given["id"]] = self.form
            self.forms.append(self.form)
        elif tag == "input" and form is not None and "name" in given and "disabled" not in given:
            kind = given.get("type", "text")
            if kind == "submit":
                form.buttons.append(Button(given.get("value", ""), given["name"], given.get("value", "")))
            elif kind not in ("checkbox", "radio") or "checked" in given:
                form.fields.setdefault(given["name"], given.get("value", "on" if kind == "checkbox" else ""))
        elif tag == "button" and form is not None and given.get("type", "submit") == "submit":
            self.button = Button(
                given.get("aria-label", "") + " ", given.get("name"), given.get("value", ""), given.get("formaction")
            )
            form.buttons.append(self.button)
        elif tag == "select" and form is not None and "name" in given:
            self.select = (form, given["name"])
        elif tag == "option" and self.select is not None:
            chosen, name = self.select
            if "selected" in given or name not in chosen.fields:
                chosen.fields[name] = given.get("value", "")
        elif tag == "textarea" and form is not None and "name" in given:
            self.area = (form, given["name"])
            form.fields.setdefault(given["name"], "")
        elif tag == "a" and "href" in given:
            self.link = [given["href"], given.get("aria-label", "") + " "]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "svg", "template"):
            self.silent -= 1
        elif tag == "form":
            self.form = None
        elif tag == "button":
            self.button = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None
        elif tag == "a" and self.link is not None:
            self.links.append((self.link[0], " ".join(self.link[1].split())))
            self.link = None

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.button is not None:
            self.button.text += data
        if self.link is not None:
            self.link[1] += data
        if self.area is not None:
            form, name = self.area
            form.fields[name] += data
        self.text.append(data)


class Person:
    """Somebody signed in, or a visitor without a name. `page` is what they see: its words, without markup."""

    def __init__(self, client: FlaskClient, login: str | None = None, password: str = "") -> None:
        self.client = client
        self.address = "/"
        self.status = 0
        self._reader = _Reader()
        if login is None:
            return
        self.open("/sign-in")
        self.press("Log ind", login=login, password=password)
        assert "/sign-in" not in self.address, f"{login} could not sign in: {self.page[:300]}"

    @property
    def page(self) -> str:
        return " ".join(" ".join(self._reader.text).split())

    def open(self, address: str) -> str:
        return self._show(self.client.get(address, follow_redirects=True))

    def follow(self, words: str) -> str:
        """Follows the first link that says so."""
        for href, text in self._reader.links:
            if words in text:
                return self.open(urljoin(self.address, href))
        raise AssertionError(f"no link says {words!r} on {self.address}: {[text for _, text in self._reader.links]}")

    def send_file(self, words: str, name: str, file: str, content: bytes, **fields: Any) -> str:
        """Presses the button with a file chosen in the field `name`."""
        for form in self._reader.forms:
            if any(words in " ".join(button.text.split()) for button in form.buttons):
                data = {**form.fields, **fields, name: (BytesIO(content), file)}
                target = urljoin(self.address, form.action or self.address)
                sent = self.client.post(target, data=data, content_type="multipart/form-data", follow_redirects=True)
                return self._show(sent)
        raise AssertionError(f"no button says {words!r} on {self.address}: {self.buttons()}")

    def press(self, words: str, **fields: Any) -> str:
        """Presses the first button that says so, with the form as it stands but for the `fields` that are filled in."""
        for form in self._reader.forms:
            for button in form.buttons:
                if words in " ".join(button.text.split()):
                    return self._send(form, button, fields)
        said = [" ".join(button.text.split()) for form in self._reader.forms for button in form.buttons]
        raise AssertionError(f"no button says {words!r} on {self.address}: {said}")

    def buttons(self) -> list[str]:
        return [" ".join(button.text.split()) for form in self._reader.forms for button in form.buttons]

    def _send(self, form: Form, button: Button, fields: dict[str, Any]) -> str:
        data = {**form.fields, **{name: str(value) for name, value in fields.items()}}
        if button.name:
            data[button.name] = button.value
        target = urljoin(self.address, button.action or form.action or self.address)
        if form.method == "get":
            return self._show(self.client.get(target, query_string=data, follow_redirects=True))
        return self._show(self.client.post(target, data=data, follow_redirects=True))

    def _show(self, answer: Any) -> str:
        assert answer.status_code < 400, (
            f"{answer.request.path} answers {answer.status_code}: {_words(answer.text)[:600]}"
        )
        parts = urlsplit(answer.request.url)
        self.address = parts.path + (f"?{parts.query}" if parts.query else "")
        self.status = answer.status_code
        self._reader = _Reader()
        self._reader.feed(answer.text)
        return self.page


def _words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())
