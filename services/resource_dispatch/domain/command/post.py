"""现场指挥部: its groups, who has signed in, how it ends (突发事件应对法 §72, 国务院令 708 号 §20–21)."""

from datetime import datetime

from shared.contracts.events.command import Attendance, CommandPostFact, CommandPostState
from shared.kernel.errors import Conflict, NotFound

GROUPS = (
    "综合协调组",
    "抢险救援组",
    "医疗救护组",
    "治安交通组",
    "通信保障组",
    "后勤保障组",
    "专家组",
    "舆情组",
    "善后组",
)
"""The usual nine; the post changes them as it needs."""
MAX_ATTENDANCE = 500


def require_open(post: CommandPostFact) -> None:
    """Refuse a command on a post that has been closed.

    Raises:
        Conflict: `command_post.closed`.
    """
    if post.state is CommandPostState.CLOSED:
        raise Conflict("command_post.closed", name=post.name)


def with_attendance(post: CommandPostFact, attendance: list[Attendance]) -> CommandPostFact:
    """The post with this list and how many of it are there."""
    present = sum(one.left_at is None for one in attendance)
    return post.model_copy(update={"attendance": attendance, "present": present})


def left(post: CommandPostFact, attendance_id: str, at: datetime) -> CommandPostFact:
    """The post after somebody has signed out.

    Raises:
        NotFound: `command_post.attendance_unknown`.
        Conflict: `command_post.left_already`.
    """
    known = next((one for one in post.attendance if one.id == attendance_id), None)
    if known is None:
        raise NotFound("command_post.attendance_unknown")
    if known.left_at is not None:
        raise Conflict("command_post.left_already", name=known.name)
    gone = known.model_copy(update={"left_at": max(at, known.signed_at)})
    return with_attendance(post, [gone if one.id == attendance_id else one for one in post.attendance])
