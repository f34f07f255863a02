"""Numbers as people write them: read if their meaning is certain, else refused."""

import pytest

from ivr.phone_numbers import national_or_international


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
