"""Short forms of the campaign: one seeded run of each fault; `python -m tests.degraded.campaign` runs fifty."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.storage.files import write_durably
from tests.degraded import faults
from tests.degraded.faults import FAULTS, run
from tests.harness.ports import Ports


@pytest.mark.timeout(300)
@pytest.mark.degraded
@pytest.mark.parametrize("kind", sorted(FAULTS))
async def test_no_acknowledged_fact_is_lost_or_doubled(
    kind: str,
    tmp_path: Path,
    ports: Ports,
    record_property: Callable[[str, object], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(faults, "STOP_SECONDS", 4.0)
    outcome = await run(kind, 7, tmp_path, ports)
    record_property("acknowledged", outcome.acknowledged)
    assert outcome.faults == []
    assert outcome.acknowledged > 20


async def test_a_torn_file_of_ports_does_not_keep_the_broker_down(tmp_path: Path, ports: Ports) -> None:
    from shared.messaging.nats_ports import remembered_ports

    file = tmp_path / "ports.json"
    before = remembered_ports(file, None, None)
    assert remembered_ports(file, None, None) == before
    for torn in (b"", b'{"client": 1', b"[]"):
        write_durably(file, torn)
        assert len(set(remembered_ports(file, None, None))) == 2
