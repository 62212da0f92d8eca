"""Files appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from expressivity.errors import CertificateError, LanguageError, NetworkError
from expressivity.files import replace_file


def test_what_is_written_is_there_with_ordinary_rights(tmp_path: Path) -> None:
    path = tmp_path / "x"
    replace_file(path, "β\r\n", error=LanguageError)
    assert path.read_bytes() == "β\r\n".encode()
    replace_file(path, b"\x00\xff", error=NetworkError)
    assert path.read_bytes() == b"\x00\xff"
    other = tmp_path / "y"
    other.touch()
    assert path.stat().st_mode == other.stat().st_mode
    assert sorted(tmp_path.iterdir()) == [path, other]


def test_failures_raise_the_error_asked_for_and_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(NetworkError, match="is a directory and cannot be written over; give the name of a file"):
        replace_file(tmp_path / "folder", b"", error=NetworkError)
    with pytest.raises(CertificateError, match="No such file or directory; choose an existing, writable folder"):
        replace_file(tmp_path / "none" / "x", "", error=CertificateError)
    path = tmp_path / "x"
    path.write_text("before")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(LanguageError, match="No space left on device"):
        replace_file(path, "after", error=LanguageError)
    assert path.read_text() == "before"
    assert sorted(child.name for child in tmp_path.iterdir()) == ["folder", "x"]
