"""When mails that can wait are sent: within hours of the office's clock, on days that are worked (R23, R27).

Which mails cannot wait is `post`'s.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from rectify.rules.workdays import Calendar

LONGEST_SEARCH = 60
"""Days: no holiday is as long, and no search goes on for ever."""


@dataclass(frozen=True)
class Hours:
    """From `begins` until before `ends` on every working day. Moments are local, of the office's clock."""

    begins: dt.time
    ends: dt.time
    working: Calendar

    def open(self, local: dt.datetime) -> bool:
        """Whether mails go out at this moment."""
        return self.working.is_workday(local.date()) and self.begins <= local.time() < self.ends

    def next_open(self, local: dt.datetime) -> dt.datetime:
        """The first moment from `local` on at which mails go out."""
        if self.open(local):
            return local
        for ahead in range(LONGEST_SEARCH):
            begins = self._at(local, ahead, self.begins)
            if begins > local and self.working.is_workday(begins.date()):
                return begins
        return local + dt.timedelta(days=LONGEST_SEARCH)

    def before(self, local: dt.datetime, spent: dt.timedelta) -> dt.datetime:
        """The last moment since which mails went out for `spent` in all: at 09:10 an hour ends at the evening before."""
        for back in range(LONGEST_SEARCH):
            begins, ends = self._at(local, -back, self.begins), min(local, self._at(local, -back, self.ends))
            if ends <= begins or not self.working.is_workday(begins.date()):
                continue
            if ends - begins >= spent:
                return ends - spent
            spent -= ends - begins
        return local - dt.timedelta(days=LONGEST_SEARCH)

    @staticmethod
    def _at(local: dt.datetime, days: int, time: dt.time) -> dt.datetime:
        return dt.datetime.combine(local.date() + dt.timedelta(days=days), time, local.tzinfo)
