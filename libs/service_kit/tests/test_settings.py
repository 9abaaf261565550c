"""A wrong setting is named in one line, with the mend."""

from pathlib import Path

import pytest
from service_kit.settings import DatabaseSettings, HttpSettings, WrongSetting, describe, load


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


def test_the_table_of_settings_masks_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKING_DATABASE_URL", "postgresql://u:secret@h/d")
    table = describe([(DatabaseSettings, "BOOKING_")])
    assert "BOOKING_DATABASE_URL" in table
    assert "secret" not in table
