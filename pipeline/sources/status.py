"""How a source is doing."""

import msgspec


class Status(msgspec.Struct, frozen=True):
    """How the source is doing. ``problem``: "" when data flows, else "connecting",
    "unreachable", "region" (451), "refused", "limited" (429/418), "silent", or "over" of a replay;
    ``detail`` is the exact text for operators. ``heard_s`` is how long ago the last frame came.
    ``refused`` of the ``streams`` are refused, while the others flow."""

    problem: str
    detail: str
    connections: int
    streams: int
    heard_s: float | None
    delay_ms: float | None
    frames: int
    bad_frames: int
    ignored_frames: int
    reconnects: int
    rotations: int
    repeated: int
    recovered: int
    gaps: int
    waiting: int
    refused: int = 0
