"""What a bundle says of itself; the signature covers exactly these bytes, and these cover every chunk by its digest."""

from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.kernel.clock import UtcDatetime

FORMAT: Final = 2
"""The newest; a bundle of one site's own facts is still written as 1, which older versions read."""
MAX_CHUNK_BYTES = 8 * 1024 * 1024
MAX_CHUNKS = 100_000
_SITE = r"^[a-z][a-z0-9_]{0,31}$"


class Chunk(BaseModel):
    """Some facts of one site in one file of the bundle; positions are those in the site's own stream."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}-[0-9]{1,19}\.facts$")
    first: int = Field(ge=1)
    last: int = Field(ge=1)
    bytes: int = Field(ge=1, le=MAX_CHUNK_BYTES)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Stretch(BaseModel):
    """An unbroken stretch of one stream; `epoch` names the stream, which is another one after a lost disk.

    Args:
        site: who kept the stream.
        everything: the stream is the aggregate of a centre, with the facts of all sites that it hears; else it holds
            the site's own facts only.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    site: str = Field(pattern=_SITE)
    epoch: str = Field(min_length=1, max_length=64)
    everything: bool = False
    chunks: list[Chunk] = Field(min_length=1, max_length=MAX_CHUNKS)

    @model_validator(mode="after")
    def _unbroken(self) -> Self:
        for chunk in self.chunks:
            if chunk.last < chunk.first:
                raise ValueError("chunk ends before it begins")
        for before, after in zip(self.chunks, self.chunks[1:], strict=False):
            if after.first != before.last + 1:
                raise ValueError("positions are not unbroken")
        return self

    @property
    def first(self) -> int:
        """Position of the first fact."""
        return self.chunks[0].first

    @property
    def last(self) -> int:
        """Position of the last fact."""
        return self.chunks[-1].last


class Manifest(BaseModel):
    """The content of a bundle, one stretch a site."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["yizhangtu-ferry"] = "yizhangtu-ferry"
    format: Literal[1, 2] = FORMAT
    signer: str = Field(pattern=_SITE)
    made_at: UtcDatetime
    exercise: bool
    stretches: list[Stretch] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        files = [chunk.file for stretch in self.stretches for chunk in stretch.chunks]
        sites = [stretch.site for stretch in self.stretches]
        if len(set(files)) < len(files) or len(set(sites)) < len(sites):
            raise ValueError("something stands twice")
        return self
