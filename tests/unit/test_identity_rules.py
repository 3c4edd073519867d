"""Rules of accounts, passwords and locks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.accounts import binding_faults, normal_username, username_faults
from services.identity.domain.audit import AccountAct, AuditAction
from services.identity.domain.lockout import Failures, after_failure, locked_seconds
from services.identity.domain.policy import IdentityConfig, LockoutPolicy, SessionPolicy
from services.identity.domain.sessions import ends_at
from services.identity.handlers.passwords import judge_password, one_time_password
from shared.contracts.events.acts import Act
from shared.i18n import label
from shared.kernel.access import Role

NOW = datetime(2027, 2, 5, 1, 0, tzinfo=UTC)
LOCKOUT = LockoutPolicy()


def failed(times: int, now: datetime = NOW) -> Failures:
    failures = None
    for _ in range(times):
        failures = after_failure(failures, now, LOCKOUT)
    assert failures is not None
    return failures


def test_four_wrong_passwords_do_not_lock_and_the_fifth_does() -> None:
    assert locked_seconds(failed(4), NOW) == 0
    assert locked_seconds(failed(5), NOW) == 15 * 60


def test_a_lock_ends_after_its_time_and_counting_begins_anew() -> None:
    later = NOW + timedelta(minutes=15)
    assert locked_seconds(failed(5), later - timedelta(seconds=1)) == 1
    assert locked_seconds(failed(5), later) == 0
    assert after_failure(failed(5), later, LOCKOUT).count == 1


def test_failures_long_ago_do_not_add_up() -> None:
    assert after_failure(failed(4), NOW + timedelta(minutes=15), LOCKOUT).count == 1
    assert after_failure(failed(4), NOW + timedelta(minutes=14), LOCKOUT).locked_until is not None


@given(st.lists(st.integers(0, 3000), max_size=40))
def test_five_passwords_in_a_row_are_followed_by_a_quarter_of_an_hour_of_rest(pauses: list[int]) -> None:
    failures, now, tried = None, NOW, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        if not locked_seconds(failures, now):
            failures = after_failure(failures, now, LOCKOUT)
            tried.append(now)
    for first, sixth in zip(tried, tried[5:], strict=False):
        assert sixth - first >= timedelta(minutes=15)


def test_a_session_ends_when_idle_or_old_whichever_is_first() -> None:
    policy, old = SessionPolicy(), NOW + timedelta(hours=24)
    assert ends_at(NOW, old, policy) == NOW + timedelta(hours=12)
    assert ends_at(NOW + timedelta(hours=20), old, policy) == old


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Kd8!x", "password.too_short"),
        ("zhangsan-Kd8!xw-vq", "password.contains_username"),
        ("ZHANGSAN-Kd8!xw-vq", "password.contains_username"),
        ("password12345", "password.guessable"),
        ("1234567890", "password.guessable"),
        ("x" * 129, "password.too_long"),
    ],
)
def test_a_weak_password_is_told_why(password: str, code: str) -> None:
    assert code in {fault.code for fault in judge_password(password, "zhangsan", IdentityConfig())}


@pytest.mark.parametrize("password", ["correct horse battery", "春节值守不能睡觉2027", "K" + "d8!xw-" * 21])
def test_long_and_chinese_passwords_are_good(password: str) -> None:
    assert judge_password(password, "zhangsan", IdentityConfig()) == ()


def test_one_time_passwords_are_good_and_never_the_same() -> None:
    made = {one_time_password() for _ in range(100)}
    assert len(made) == 100
    assert all(judge_password(password, "admin", IdentityConfig()) == () for password in list(made)[:5])


@pytest.mark.parametrize("action", [*AccountAct, *Act])
def test_every_audited_action_has_a_label(action: AuditAction) -> None:
    assert label(f"audit_action.{action.value}") != f"audit_action.{action.value}"


def test_a_username_is_the_same_however_it_is_typed() -> None:
    assert normal_username(" ZhangＳan ") == "zhangsan"


@pytest.mark.parametrize("name", ["a", "-ab", "a b", "a/b", "a\x00b", "x" * 41, ""])
def test_a_bad_username_is_refused(name: str) -> None:
    assert username_faults(name)


@pytest.mark.parametrize("name", ["zhang.san", "张三", "dx01", "a@b"])
def test_a_good_username_is_taken(name: str) -> None:
    assert not username_faults(name)


def test_roles_need_what_they_are_bound_to() -> None:
    codes = [fault.code for fault in binding_faults({Role.TERRITORY_OFFICER, Role.TEAM_LEADER}, None, None)]
    assert codes == ["account.territory_required", "account.unit_required"]
    assert [f.code for f in binding_faults({Role.OPS}, "999999999", None)] == ["account.territory_unknown"]
    assert not binding_faults({Role.TERRITORY_OFFICER}, "110115107", None)
