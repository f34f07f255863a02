"""The description of the HTTP interface is what generators and validators of OpenAPI can read."""

from pathlib import Path

import schemathesis

PAGE = Path(__file__).parent.parent / "docs" / "openapi.yaml"


def test_the_description_of_the_http_interface_is_valid_openapi() -> None:
    schemathesis.openapi.from_path(str(PAGE)).validate()
