"""Times of calling people: configuration with a source, none of it the law's."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.kernel.limits import Limit


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What a bureau may decide about calling.

    Args:
        answer_time: how long those of the last step have before every screen alarms.
        retry_first, retry_most: pause before a failed send is tried again; it doubles up to the most.
        lease: after that long a send that reported nothing counts as lost and is sent again.
        send_timeout: how long a channel may take.
        clock_tolerance: a clock that goes back by less is left alone; replicas may differ by as much.
        late_after: a report whose fact is older when it is heard is late: newer facts of it may be right behind.
        late_rest: how long after the last news of it a late report is decided.
        late_most: a late report is decided after that long at the latest, however much news comes.
    """

    answer_time: Limit[timedelta] = Limit(timedelta(seconds=60), "与第一次重呼的间隔相同，自定，待局方确认")
    retry_first: Limit[timedelta] = Limit(timedelta(seconds=2), "网关抖动通常数秒内恢复，自定")
    retry_most: Limit[timedelta] = Limit(timedelta(seconds=15), "临时故障 15 秒内换下一次尝试，自定")
    lease: Limit[timedelta] = Limit(timedelta(seconds=15), "发送时限的三倍，自定")
    send_timeout: Limit[timedelta] = Limit(timedelta(seconds=5), "一个外部接口不得拖住其他呼叫，自定")
    clock_tolerance: Limit[timedelta] = Limit(timedelta(seconds=5), "多副本之间允许的时钟差，自定")
    late_after: Limit[timedelta] = Limit(timedelta(seconds=60), "与第一次重呼的间隔相同，自定，待局方确认")
    late_rest: Limit[timedelta] = Limit(timedelta(seconds=10), "同一事件补传的各条通常数秒内到齐，自定，待局方确认")
    late_most: Limit[timedelta] = Limit(timedelta(seconds=30), "仍在处置的事件补传后半分钟内必须呼叫，自定，待局方确认")


def is_late(limits: CallLimits, recorded_at: datetime, now: datetime) -> bool:
    """Whether a fact is heard so long after it was recorded that its site must have been cut off."""
    return now - recorded_at > limits.late_after.value


def retry_pause(limits: CallLimits, tries: int) -> timedelta:
    """The pause after that many failed tries (1 or more): 2, 4, 8, then 15 seconds by default."""
    doubled = limits.retry_first.value * (1 << min(max(tries, 1) - 1, 16))
    return min(doubled, limits.retry_most.value)
