"""A year of 20,000 incidents: how fast one is found, against the same query put to the bare store."""

import asyncio
import itertools
import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import Connection

from bench.figures import Row, p50, percentile, verdict
from bench.product import Product, product
from bench.run import Run
from services.incident_intake.domain.incident import Incident
from services.incident_intake.domain.search.grams import is_decided_by_grams, sought
from services.incident_intake.handlers.finding.index import RULES, entry_of
from services.incident_intake.store.incidents import insert_incident
from services.incident_intake.store.search import IndexState, keep_entries, save_state
from shared.contracts.events.intake import IncidentSource, IncidentStatus
from shared.contracts.levels import IncidentGrade
from shared.kernel.district import incident_types, townships
from shared.kernel.geo import SourceCrs
from shared.kernel.ids import new_id
from shared.kernel.words import terms
from shared.storage.database import Database

_HOSTED: Final = ("identity", "incident_intake")
_GOAL_MILLIS: Final = 200.0
_SERVICE: Final = "incident_intake"
_MIGRATIONS: Final = Path(__file__).parents[2] / "services" / _SERVICE / "migrations"
_AT_ONCE: Final = 100
QUESTIONS: Final = (
    "火", "镇", "旧宫", "泄漏", "居民楼", "幸福路", "燃气泄漏", "jg", "hz", "xhmz", "zzy", "20260415", "0007",
    "DX-20260701", "旧宫 火灾", "三楼 浓烟 被困", "3号", "12", "亦庄地区 燃气", "榆垡 yf", "没有这样的事", "zzzzzz",
    "电动车 充电 起火", "路面塌陷",
)  # fmt: skip
_SAID: Final = (
    "居民楼三楼阳台起火，有浓烟冒出，一人被困", "电动车充电起火，火已扑灭，烧毁两辆",
    "燃气泄漏，闻到刺鼻气味，已疏散周边群众", "路面塌陷约两平方米，深一米，已围挡",
    "两车相撞，一人受伤，占用最左侧车道", "工地脚手架倒塌，疑似有人被压", "地下车库积水三十厘米",
    "养老院多名老人呕吐腹泻", "高压线断落在绿化带", "加油站附近有人放烟花", "林地有烟点，风力四级",
    "电梯困人，已联系维保单位",
)  # fmt: skip
_ROADS: Final = ("幸福路", "兴华大街", "永华路", "京开辅路", "旧桥路", "文化路", "广平大街", "瀛海东路")
_FLOOR = """SELECT kind, id, received_at FROM search_entry
WHERE place IN (SELECT rowid FROM search_gram WHERE search_gram MATCH ?) {looked}
ORDER BY received_at DESC, id DESC LIMIT 51"""


async def find(run: Run) -> list[Row]:
    folder, count = run.folder / "find", run.of(20_000, 1_000)
    async with product(folder, *_HOSTED):
        pass  # its store is made
    file = folder / "db" / f"{_SERVICE}.db"
    seconds = await write_year(file, count)
    floors = await asyncio.to_thread(ask_store, file, run.rounds)
    async with product(folder, *_HOSTED) as site:
        ours = await _ask(site, run.rounds)
        taken = {kind: await _take(site, kind, count) for kind in ("csv", "xlsx")}
    floor95, our95 = percentile(sorted(floors), 0.95), percentile(sorted(ours), 0.95)
    return [
        Row(f"search in {count:,} incidents, p50", f"{p50(floors):.1f} ms", f"{p50(ours):.1f} ms",
            f"{p50(ours) / p50(floors):.1f}"),
        Row("  p95", f"{floor95:.1f} ms", f"{our95:.1f} ms", f"{our95 / floor95:.1f}", f"≤ {_GOAL_MILLIS:g} ms",
            verdict(our95 <= _GOAL_MILLIS)),
        Row("  the slowest", f"{max(floors):.1f} ms", f"{max(ours):.1f} ms"),
        Row("  CPU to index one, beside its report", "", f"{1000 * seconds:.2f} ms"),
        *(Row(f"  all of them as {kind}", "", f"{spent:.1f} s") for kind, spent in taken.items()),
    ]  # fmt: skip


async def write_year(file: Path, count: int) -> float:
    """Put a year of incidents and their index into the store of a stopped site; CPU seconds to index one."""
    database = await Database.open(f"sqlite:///{file}", service=_SERVICE, migrations=_MIGRATIONS)
    spent = 0.0
    try:
        made = invented(count)
        while some := list(itertools.islice(made, _AT_ONCE)):
            await database.write(partial(_insert, some))
            began = time.process_time()
            await database.write(partial(_index, some))
            spent += time.process_time() - began
        await database.write(lambda c: save_state(c, IndexState(RULES, 0)))
    finally:
        await database.close()
    return spent / count


def _insert(some: Sequence[Incident], connection: Connection) -> None:
    for one in some:
        insert_incident(connection, one)


def _index(some: Sequence[Incident], connection: Connection) -> None:
    keep_entries(connection, map(entry_of, some))


def invented(count: int) -> Iterator[Incident]:
    """Incidents spread over a year, the same in every run."""
    dice = random.Random(20_000)
    kinds = [kind for kind in incident_types() if kind.level == 3]
    began = datetime(2026, 1, 1, tzinfo=UTC)
    moments = sorted(began + timedelta(seconds=dice.uniform(0, 365 * 86_400)) for _ in range(count))
    return (_incident(dice, at, serial, dice.choice(kinds).code) for serial, at in enumerate(moments))


def _incident(dice: random.Random, at: datetime, serial: int, code: str) -> Incident:
    township, road, said = dice.choice(townships()), dice.choice(_ROADS), dice.choice(_SAID)
    place = f"{township.name}{road}{dice.randint(1, 300)}号{dice.choice(('', '院内', '东侧', '地铁口'))}"
    return Incident(
        id=new_id(), number=f"DX-{at:%Y%m%d}-{serial:05d}", version=2, type_code=code, title=f"{place}{said[:8]}",
        status=IncidentStatus.CLOSED if serial % 50 else IncidentStatus.ACTIVE,
        grade=dice.choice((None, None, IncidentGrade.IV, IncidentGrade.III)), possible_grade=None,
        sensitive=serial % 40 == 0, sensitive_reasons=(), occurred_at=at, received_at=at, closed_at=at, updated_at=at,
        source=IncidentSource.PUBLIC, home_site="hub", lon=township.lon, lat=township.lat, source_crs=SourceCrs.WGS84,
        place_text=place, township=township.code, dead=None, missing=None, serious=None, injured=dice.randint(0, 3),
        trapped=None, description=f"{said}。现场在{place}附近，请尽快派人处置，{dice.randint(1, 30)}分钟前发现。",
        merged_into=None, status_before_merge=None, created_by="bench", created_by_name="值班员",
    )  # fmt: skip


def ask_store(file: Path, rounds: int) -> list[float]:
    """Milliseconds of each question put to SQLite itself, nothing read of what was found."""
    connection = sqlite3.connect(file)
    try:
        return [_milliseconds(connection, question) for _ in range(rounds) for question in QUESTIONS]
    finally:
        connection.close()


def _milliseconds(connection: sqlite3.Connection, question: str) -> float:
    words = terms(question)
    pieces = " ".join(f'"{piece}"' for word in words for piece in sought(word))
    looked = [word for word in words if not is_decided_by_grams(word)]
    query = _FLOOR.format(looked=" ".join("AND instr(text, ?) > 0" for _ in looked))
    began = time.perf_counter()
    connection.execute(query, (pieces, *looked)).fetchall()
    return 1000 * (time.perf_counter() - began)


async def _ask(site: Product, rounds: int) -> Sequence[float]:
    found = []
    async with _client(site) as client:
        await client.get("/api/search", params={"q": "火"})
        for _ in range(rounds):
            for question in QUESTIONS:
                began = time.perf_counter()
                answer = await client.get("/api/search", params={"q": question})
                found.append(1000 * (time.perf_counter() - began))
                answer.raise_for_status()
    return found


async def _take(site: Product, kind: str, count: int) -> float:
    began = time.perf_counter()
    async with _client(site) as client:
        answer = await client.get("/api/incidents/export", params={"format": kind})
        answer.raise_for_status()
        if answer.headers["x-rows"] != str(count):
            raise RuntimeError(f"{answer.headers['x-rows']} rows instead of {count}")
    return time.perf_counter() - began


def _client(site: Product) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {site.target.token}"}
    return httpx.AsyncClient(
        trust_env=False, headers=headers, timeout=120, base_url=f"http://{site.target.host}:{site.target.port}"
    )
