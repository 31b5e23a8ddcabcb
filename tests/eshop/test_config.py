"""A wrong setting stops the start with one line that says which and what is expected."""

from pathlib import Path

import pytest

from eshop.config import Settings
from eshop.errors import ConfigurationError
from eshop.wording import sentences


def test_the_defaults_are_a_sqlite_file_and_a_key_that_stays(tmp_path: Path) -> None:
    first = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path)})
    again = Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path)})
    assert first == again
    assert first.database_url == f"sqlite:///{tmp_path}/eshop.db"
    assert len(first.secret_key) == 64
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    assert first.port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ESHOP_DATABASE_URL", "mysql://x/y"),
        ("ESHOP_DATABASE_URL", "not a url"),
        ("ESHOP_SECRET_KEY", "short"),
        ("ESHOP_OFFICIAL_RULES", "/nowhere"),
        ("ESHOP_SMTP_URL", "http://mail"),
        ("ESHOP_INTERNAL_HOSTS", "pictures.local"),
        ("ESHOP_SMTP_URL", "smtp://host:99999999"),
        ("ESHOP_DATA_DIR", "/proc/nowhere"),
        ("PORT", "eighty"),
        ("PORT", "0"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Settings.from_environment({"ESHOP_DATA_DIR": str(tmp_path), name: value})
    assert refused.value.values["name"] == name
    assert f"setting:{refused.value.values['expected']}" in sentences(), (
        "what is expected is said in words, in Danish too"
    )


def test_single_sign_on_needs_all_three(tmp_path: Path) -> None:
    given = {"ESHOP_DATA_DIR": str(tmp_path), "ESHOP_OIDC_ISSUER": "https://id.example", "ESHOP_OIDC_CLIENT_ID": "shop"}
    with pytest.raises(ConfigurationError) as refused:
        Settings.from_environment(given)
    assert refused.value.values["name"] == "ESHOP_OIDC_CLIENT_SECRET"
    oidc = Settings.from_environment({**given, "ESHOP_OIDC_CLIENT_SECRET": "x"}).oidc
    assert oidc is not None
    assert oidc.issuer == "https://id.example"
