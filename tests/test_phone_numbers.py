"""Numbers as people write them: read if their meaning is certain, else refused."""

import pytest

from ivr.phone_numbers import is_foreign, national_or_international


@pytest.mark.parametrize(
    "text", ["+12025550111", "(202) 555-0111", "12025550111", "202-555-0111", "202.555.0111"]
)
def test_a_number_may_be_written_as_people_of_the_country_write_it(text: str) -> None:
    assert national_or_international(text, "US") == "+12025550111"


def test_a_national_number_is_of_the_lines_own_country() -> None:
    assert national_or_international("030 23125000", "DE") == "+493023125000"


@pytest.mark.parametrize("text", ["555-0111", "", "0", "+", "911", "call us", "+1202555011"])
def test_what_cannot_be_dialled_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="12025550100"):
        national_or_international(text, "US")


@pytest.mark.parametrize(
    ("number", "foreign"),
    [
        ("+12025550111", False),
        ("+18005550111", False),
        ("+80012345678", False),
        ("+88213300655", True),
        ("+18095550111", True),
        ("+442079460000", True),
    ],
)
def test_a_number_that_costs_an_international_call_is_foreign(
    number: str, *, foreign: bool
) -> None:
    assert is_foreign(number, "US") is foreign


@pytest.mark.parametrize(
    "text", ["+12025550111x123", "+12025550111,,123", "+12025550111 ext 5", "+12025550111#5"]
)
def test_an_extension_is_refused_by_name_and_never_dropped(text: str) -> None:
    with pytest.raises(ValueError, match="has the extension"):
        national_or_international(text, "US")


@pytest.mark.parametrize("text", ["+2025550111", "+512-555-0121", "+1 555-0121", "+19005550121"])
def test_a_number_of_another_country_by_mistake_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no number that exists|premium-rate"):
        national_or_international(text, "US")
