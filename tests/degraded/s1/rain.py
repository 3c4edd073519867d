"""The warnings of S1 as CAP messages: each replaces the one before by a reference, the last one lifts them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.kernel.clock import SHANGHAI

_SENDER = "sample-qixiang@example.cn"
_COLORS = {
    "blue": ("蓝色", "Minor"),
    "yellow": ("黄色", "Moderate"),
    "orange": ("橙色", "Severe"),
    "red": ("红色", "Extreme"),
}
_FORM = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>{identifier}</identifier>
  <sender>{sender}</sender>
  <sent>{sent}</sent>
  <status>Actual</status>
  <msgType>{kind}</msgType>
  <scope>Public</scope>
  {references}
  <info>
    <language>zh-CN</language>
    <category>Met</category>
    <event>暴雨</event>
    <urgency>Expected</urgency>
    <severity>{severity}</severity>
    <certainty>Likely</certainty>
    <eventCode><valueName>11B</valueName><value>11B03</value></eventCode>
    <effective>{sent}</effective>
    <expires>{expires}</expires>
    <senderName>示例气象台</senderName>
    <headline>{headline}</headline>
    <description>永定河流域持续强降雨,低洼地区严重积水,河道水位上涨。(示例数据)</description>
    <instruction>转移危险区域人员,停止户外作业。</instruction>
    <area>
      <areaDesc>大兴区全域</areaDesc>
      <polygon>39.83,116.22 39.83,116.68 39.45,116.68 39.45,116.22 39.83,116.22</polygon>
    </area>
  </info>
</alert>
"""


@dataclass
class Rain:
    """One rain's warnings, in the order in which they are sent."""

    _sent: datetime = field(
        default_factory=lambda: datetime.now(UTC).replace(microsecond=0).astimezone(SHANGHAI) - timedelta(minutes=10)
    )
    _before: str | None = None
    _number: int = 0

    def warns(self, color: str) -> bytes:
        """The next message, of this colour; an Update if there was one before."""
        name, severity = _COLORS[color]
        return self._message("Update" if self._before else "Alert", severity, f"示例气象台发布暴雨{name}预警信号")

    def lifted(self) -> bytes:
        """The end of all of it."""
        return self._message("Cancel", "Minor", "示例气象台解除暴雨预警信号")

    def _message(self, kind: str, severity: str, headline: str) -> bytes:
        self._number += 1
        self._sent += timedelta(seconds=20)
        identifier = f"11011541600000_{self._sent:%Y%m%d%H%M%S}_{self._number}"
        sent = self._sent.isoformat()
        text = _FORM.format(
            identifier=identifier,
            sender=_SENDER,
            sent=sent,
            kind=kind,
            severity=severity,
            headline=headline,
            expires=(self._sent + timedelta(hours=12)).isoformat(),
            references=f"<references>{self._before}</references>" if self._before else "",
        )
        self._before = f"{_SENDER},{identifier},{sent}"
        return text.encode()
