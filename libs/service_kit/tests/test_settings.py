"""A wrong setting is named in one line, with the mend."""

from pathlib import Path

import pytest
from service_kit.settings import (
    ClientSettings,
    DatabaseSettings,
    HttpSettings,
    WrongSetting,
    describe,
    load,
    refuse_misspelt,
)


def test_a_group_is_read_from_prefixed_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKING_HTTP_PORT", "8123")
    assert load(HttpSettings, "BOOKING_").http_port == 8123


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://a@b/c\n")
    monkeypatch.setenv("BOOKING_DATABASE_URL_FILE", str(file))
    assert load(DatabaseSettings, "BOOKING_").database_url == "postgresql://a@b/c"


@pytest.mark.parametrize(
    ("value", "said"), [(None, "BOOKING_DATABASE_URL is missing"), ("mysql://x", "BOOKING_DATABASE_URL is wrong")]
)
def test_a_wrong_setting_is_named_in_one_line_without_its_value(
    monkeypatch: pytest.MonkeyPatch, value: str | None, said: str
) -> None:
    monkeypatch.delenv("BOOKING_DATABASE_URL", raising=False)
    if value:
        monkeypatch.setenv("BOOKING_DATABASE_URL", value)
    with pytest.raises(WrongSetting) as refusal:
        load(DatabaseSettings, "BOOKING_")
    assert str(refusal.value).startswith(said)
    assert "\n" not in str(refusal.value)
    assert "mysql" not in str(refusal.value)


def test_the_table_tells_of_each_setting_where_it_comes_from_and_masks_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("word of mouth")
    monkeypatch.setenv("BOOKING_DATABASE_URL", "postgresql://u:secret@h/d")
    monkeypatch.setenv("BOOKING_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("BOOKING_HTTP_PORT", "8123")
    for name in ("BOOKING_CLIENT_ID", "BOOKING_HEALTH_PORT"):
        monkeypatch.delenv(name, raising=False)
    table = describe([(group, "BOOKING_") for group in (DatabaseSettings, ClientSettings, HttpSettings)])
    ends = {row.split(" | ")[0].strip("| "): row.split(" | ")[-3:] for row in table.splitlines()}
    assert ends["BOOKING_DATABASE_URL"] == ["required", "(set)", "environment |"]
    assert ends["BOOKING_CLIENT_SECRET"] == ["required", "(set)", "file |"]
    assert ends["BOOKING_CLIENT_ID"] == ["required", "", "missing |"]
    assert ends["BOOKING_HTTP_PORT"] == ["8000", "8123", "environment |"]
    assert ends["BOOKING_HEALTH_PORT"] == ["8001", "", "default |"]
    assert "secret" not in table.replace("the secret that", "")
    assert "word of mouth" not in table


@pytest.mark.parametrize("misspelt", ["BOOKING_HTPP_PORT", "BOOKING_HTTP_PROT", "BOOKING_HTTP_PORTS"])
def test_a_misspelt_variable_is_named_with_the_one_that_is_meant(
    monkeypatch: pytest.MonkeyPatch, misspelt: str
) -> None:
    monkeypatch.setenv(misspelt, "8123")
    with pytest.raises(WrongSetting, match=f"{misspelt} is not a setting; it is nearly BOOKING_HTTP_PORT"):
        refuse_misspelt([(HttpSettings, "BOOKING_")], "BOOKING_")


@pytest.mark.parametrize(
    "other", ["BOOKING_PORT", "BOOKING_SERVICE_HOST", "BOOKING_URL", "BOOKING_HTTP_PORT_FILE", "HTPP_PORT"]
)
def test_a_variable_that_is_meant_for_others_may_stand_there(monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    monkeypatch.setenv(other, "tcp://10.0.0.1:80")
    refuse_misspelt([(HttpSettings, "BOOKING_")], "BOOKING_")
