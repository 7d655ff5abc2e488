"""When a person decided something, as far as what they left behind can be believed."""

from datetime import UTC, date, datetime


def believable(said: datetime, since: date | None, now: datetime) -> datetime:
    """The moment that a commit or a host tells, else now.

    A clock that is ahead of ours, or behind the streak that was decided on (`since`), is wrong: a
    decision of before the streak would speak of nothing.
    """
    when = said.astimezone(UTC)
    return when if (since is None or since <= when.date()) and when <= now else now
