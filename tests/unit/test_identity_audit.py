"""Any edit, removal, insertion or reordering of the audit chain is noticed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.audit import GENESIS, AccountAct, AuditEntry, Link, entry_hash, first_fault
from shared.contracts.events.acts import Act
from shared.i18n import label

AT = datetime(2027, 2, 5, 1, 0, tzinfo=UTC)


def chain(length: int = 6) -> list[Link]:
    links, prev = [], GENESIS
    for seq in range(1, length + 1):
        entry = AuditEntry(
            seq,
            AT + timedelta(seconds=seq),
            AccountAct.SESSION_OPENED,
            True,
            "id",
            "张三",
            "zhangsan",
            "10.0.0.1",
            {"n": seq},
        )
        links.append(Link(entry, prev, entry_hash(prev, entry)))
        prev = links[-1].hash
    return links


def test_every_act_that_a_service_may_tell_has_its_place_and_its_words_in_the_book() -> None:
    assert not {act.value for act in Act} & {act.value for act in AccountAct}, "one name would mean two things"
    assert not [act for act in (*AccountAct, *Act) if label(f"audit_action.{act}") == f"audit_action.{act}"]


def test_a_whole_chain_holds() -> None:
    assert first_fault(chain()) is None
    assert first_fault([]) is None


CHANGES: list[Callable[[AuditEntry], AuditEntry]] = [
    lambda e: replace(e, at=e.at + timedelta(milliseconds=1)),
    lambda e: replace(e, action=AccountAct.SESSION_CLOSED),
    lambda e: replace(e, success=False),
    lambda e: replace(e, actor_id="other"),
    lambda e: replace(e, actor_name="李四"),
    lambda e: replace(e, object="lisi"),
    lambda e: replace(e, address="10.0.0.2"),
    lambda e: replace(e, params={}),
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("place", range(6))
def test_every_changed_field_at_every_place_is_noticed(change: Callable[[AuditEntry], AuditEntry], place: int) -> None:
    links = chain()
    links[place] = replace(links[place], entry=change(links[place].entry))
    fault = first_fault(links)
    assert fault is not None
    assert (fault.seq, fault.reason) == (place + 1, "altered")


def test_a_forged_hash_breaks_at_the_next_entry() -> None:
    links = chain()
    entry = replace(links[2].entry, object="lisi")
    links[2] = Link(entry, links[2].prev, entry_hash(links[2].prev, entry))
    fault = first_fault(links)
    assert fault is not None
    assert fault.seq == 4


@given(st.permutations(range(6)))
def test_any_other_order_is_noticed(order: list[int]) -> None:
    links = chain()
    shuffled = [links[i] for i in order]
    assert (first_fault(shuffled) is None) == (order == sorted(order))


@pytest.mark.parametrize("place", range(5))
def test_a_removed_entry_is_noticed(place: int) -> None:
    links = chain()
    del links[place]
    assert first_fault(links) is not None


def test_a_cut_off_end_or_a_rewritten_chain_shows_against_a_noted_head() -> None:
    links = chain()
    head = (6, links[-1].hash)
    assert first_fault(links, head) is None
    cut = first_fault(links[:-1], head)
    assert cut is not None
    assert (cut.seq, cut.reason) == (6, "truncated")
    rewritten = first_fault(chain(), (6, "0" * 64))
    assert rewritten is not None
    assert rewritten.reason == "rewritten"
