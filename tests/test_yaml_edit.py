"""An entry is put into a YAML file, and every other byte stays."""

from pathlib import Path

import pytest

from ivr.script.yaml_edit import put, put_in_file, without


@pytest.mark.parametrize(
    ("before", "loc", "after"),
    [
        ("a:\n  x: 1   # c\n\n# d\nb: 2\n", ("a",), "a:\n  x: 1   # c\n  vi: V\n\n# d\nb: 2\n"),
        ("a:\n  x:\n  - 1\n  - 2   # c\n", ("a",), "a:\n  x:\n  - 1\n  - 2   # c\n  vi: V\n"),
        ("a: {x: 1, y: 2 }   # c\n", ("a",), "a: {x: 1, y: 2, vi: V }   # c\n"),
        ("a:\n  x: |\n    one\nb: 2\n", ("a",), "a:\n  x: |\n    one\n  vi: V\nb: 2\n"),
        ("a:\n  x:\nb: 2", ("a",), "a:\n  x:\n  vi: V\nb: 2"),
        ("a:\n  x: 1", ("a",), "a:\n  x: 1\n  vi: V\n"),
        ("- {h: {x: 1}}\n- {h: {x: 2}}\n", (1, "h"), "- {h: {x: 1}}\n- {h: {x: 2, vi: V}}\n"),
        ("a:\n  vi: old   # c\n  x: 1\n", ("a",), "a:\n  vi: V   # c\n  x: 1\n"),
        ("a: {vi: [old, older], x: 1}\n", ("a",), "a: {vi: V, x: 1}\n"),
        ("a:\r\n  x: 1\r\nb: 2\r\n", ("a",), "a:\r\n  x: 1\r\n  vi: V\nb: 2\r\n"),
    ],
)  # fmt: skip
def test_an_entry_is_put_at_the_end_or_in_place_of_the_old(
    before: str, loc: tuple[str | int, ...], after: str
) -> None:
    assert put(before, loc, "vi", "giờ") == after.replace("V", '"giờ"')


def test_words_that_yaml_takes_for_something_else_stand_in_quotes() -> None:
    value = {"voice": "Polly.Lupe-Neural", "no": ["no", "1.5", "x-y"], "on_air": False}
    assert put("a: {x: 1}", ("a",), "yes", value) == (
        'a: {x: 1, "yes": {voice: Polly.Lupe-Neural, "no": ["no", "1.5", x-y], on_air: false}}'
    )


@pytest.mark.parametrize("text", ["a: 1", "b: {x: 1}", "a: {}", "", "- 1"])
def test_a_mapping_that_is_not_there_gets_nothing(text: str) -> None:
    with pytest.raises(KeyError):
        put(text, ("a",), "vi", "V")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: {x: 1, y: 2, z: 3}", "a: {x: 1, z: 3}"),
        ("a: {y: 2, z: 3}  # both", "a: {z: 3}  # both"),
        ("a:\n  x: 1\n  y: 2  # gone\n  # stays\n  z: 3\n", "a:\n  x: 1\n  # stays\n  z: 3\n"),
        ("a:\n  x: 1\n  y:\n    - 2\n    - 3\nb: 4\n", "a:\n  x: 1\nb: 4\n"),
        ("a:\n  x: 1\n  y: 2", "a:\n  x: 1\n"),
    ],
)
def test_a_key_is_removed_and_all_else_stays(before: str, after: str) -> None:
    assert without(before, ("a",), "y") == after


@pytest.mark.parametrize("text", ["a: {x: 1}", "a: {y: 1}", "b: {y: 1, x: 2}"])
def test_a_key_that_is_not_there_or_is_the_only_one_is_not_removed(text: str) -> None:
    with pytest.raises(KeyError):
        without(text, ("a",), "y")


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "line.yaml", tmp_path / "link.yaml"
    path.write_text("a: {x: 1}\n")
    path.chmod(0o664)
    link.symlink_to(path)
    put_in_file(link, ("a",), "vi", "V")
    assert link.is_symlink()
    assert path.read_text() == 'a: {x: 1, vi: "V"}\n'
    assert path.stat().st_mode & 0o777 == 0o664
