"""Builds CAP documents for tests: a good one by default, each part replaceable; and finds the shared real cases."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.harness.verdict import WORDS

NOW = datetime(2026, 7, 31, 12, 0, tzinfo=UTC)
CAP = "urn:oasis:names:tc:emergency:cap:1.2"
SQUARE = "39.60,116.30 39.60,116.40 39.50,116.40 39.50,116.30 39.60,116.30"


def cases_folder(name: str) -> Path:
    """The folder of real inputs beside the clone. A plain clone has none and says so; a wrong setting fails."""
    configured = os.environ.get("YZT_CASES")
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    folder = (Path(configured) if configured else beside / "cases") / name
    if folder.is_dir():
        return folder
    if configured is None and not beside.exists():
        pytest.skip(f"{WORDS}: the real CAP files are not beside this clone; set YZT_CASES to a folder that holds them")
    pytest.fail(f"the real CAP files are missing: no folder {folder}", pytrace=False)


def area(*parts: str, desc: str = "榆垡镇") -> str:
    return f"<area><areaDesc>{desc}</areaDesc>{''.join(parts)}</area>"


def polygon(points: str = SQUARE) -> str:
    return f"<polygon>{points}</polygon>"


def pair(tag: str, name: str, value: str) -> str:
    return f"<{tag}><valueName>{name}</valueName><value>{value}</value></{tag}>"


def info(
    *extra: str,
    language: str = "zh-CN",
    event: str = "暴雨",
    headline: str = "",
    severity: str = "Moderate",
    certainty: str = "Likely",
    expires: str = "2026-08-01T08:00:00+08:00",
    areas: str | None = None,
) -> str:
    title = f"<headline>{headline}</headline>" if headline else ""
    end = f"<expires>{expires}</expires>" if expires else ""
    return (
        f"<info><language>{language}</language><category>Met</category><event>{event}</event>"
        f"<urgency>Expected</urgency><severity>{severity}</severity><certainty>{certainty}</certainty>"
        f"{end}{title}{''.join(extra)}{area(polygon()) if areas is None else areas}</info>"
    )


def alert(
    *infos: str,
    namespace: str = CAP,
    identifier: str = "11011541600000_20260731180000_0",
    sender: str = "warning@daxing.example.cn",
    sent: str = "2026-07-31T18:00:00+08:00",
    status: str = "Actual",
    msg_type: str = "Alert",
    extra: str = "",
) -> str:
    head = {"identifier": identifier, "sender": sender, "sent": sent, "status": status, "msgType": msg_type}
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in head.items() if value)
    declared = f' xmlns="{namespace}"' if namespace else ""
    return f"<alert{declared}>{fields}<scope>Public</scope>{extra}{''.join(infos or (info(),))}</alert>"


def atom(*alerts: str) -> str:
    entries = "".join(
        f'<entry><id>{i}</id><content type="text/xml">{a}</content></entry>' for i, a in enumerate(alerts)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel>{"".join(f"<item>{item}</item>" for item in items)}</channel></rss>'


def edxl_de(*alerts: str, status: str = "Actual") -> str:
    contents = "".join(
        f"<contentObject><xmlContent><embeddedXMLContent>{a}</embeddedXMLContent></xmlContent></contentObject>"
        for a in alerts
    )
    return (
        '<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0">'
        f"<distributionStatus>{status}</distributionStatus>{contents}</EDXLDistribution>"
    )
