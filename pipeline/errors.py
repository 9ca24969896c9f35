"""What can go wrong on the way from the market to an alert.

PipelineError
├── FrameError          a frame that is not what the protocol says; skipped and counted
├── EngineMissing       a library that a setting asks for is not installed
├── RecordingError      a file that cannot be read as a recording; names file and line
├── TardisError         a replay that Tardis does not give, and why (sources/tardis_wanted.py)
└── SourceError         the exchange cannot be used right now; the source keeps trying
    ├── Unreachable     no connection (DNS, refused, timeout, TLS)
    ├── Refused         the exchange answered no (HTTP status in ``status``)
    └── TooFast         rate limit or ban; ``retry_after_s`` says when to come back
"""

import msgspec

UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding raises: not JSON or not that shape, not UTF-8, nested without end."""


class PipelineError(Exception):
    """Any error of this package."""


class FrameError(PipelineError):
    """A frame that is not what the protocol says; the source skips and counts it."""


class RecordingError(PipelineError):
    """A file that cannot be read as a recording; the text names the file and the line."""


class EngineMissing(PipelineError):
    """A setting asks for a library that is not installed; the text says how to get it."""


class SourceError(PipelineError):
    """The exchange cannot be used right now; the source keeps trying."""


class Unreachable(SourceError):
    """No connection: name resolution, refusal, time-out or TLS."""


class Refused(SourceError):
    """The exchange answered no. 451 means that it does not serve this country."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"HTTP {status}: {text}")
        self.status = status


class TooFast(SourceError):
    """Rate limit (429) or ban (418); come back after ``retry_after_s`` seconds."""

    def __init__(self, status: int, retry_after_s: float) -> None:
        super().__init__(f"HTTP {status}: retry after {retry_after_s:g} s")
        self.status = status
        self.retry_after_s = retry_after_s
