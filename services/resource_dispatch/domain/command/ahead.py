"""How far ahead a time of a command may lie: nobody is called by a year that was typed wrong."""

from datetime import timedelta

from shared.kernel.limits import Limit

MOST_AHEAD = Limit(timedelta(days=366), "响应期限、指令时限离现在一年以上视为日期填错,自定,待局方确认")
