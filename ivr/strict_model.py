"""The model from which every value read from YAML derives."""

from pydantic import BaseModel, ConfigDict


class StrictModel(BaseModel):
    """A frozen value that refuses unknown keys, so that a misspelt key is reported."""

    model_config = ConfigDict(extra="forbid", frozen=True)
