"""A file is there as a whole or not at all."""

import stat
from pathlib import Path

import pytest

from ivr.atomic_file import create_atomically, make_private_folder, write_atomically


def test_a_file_is_replaced_as_a_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "file"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.mkdir()
    with pytest.raises(OSError, match="file"):
        write_atomically(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_of_two_that_create_a_file_the_first_wins(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert create_atomically(path, b"first")
    assert not create_atomically(path, b"second")
    assert path.read_bytes() == b"first"


def test_a_private_folders_missing_parents_are_private_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path / "state" / "checked")
    make_private_folder(tmp_path / "state" / "checked")
    folders = [tmp_path, tmp_path / "state", tmp_path / "state" / "checked"]
    assert [stat.S_IMODE(f.stat().st_mode) for f in folders] == [0o755, 0o700, 0o700]
