"""Lines written and read. Reading never guesses: what does not fit is named, a wrong check is said, nothing is lost."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from services.incident_intake.domain.short_line.checksum import ENCODING, checksum
from services.incident_intake.domain.short_line.fields import (
    BY_NAME,
    FIELDS,
    LABELS,
    MAX_BYTES,
    START,
    UNKNOWN,
    VERSION,
)
from services.incident_intake.domain.short_line.report import (
    GRADE_DIGITS,
    GRADES,
    FieldReport,
    scene_digits,
    scene_time,
)
from services.incident_intake.domain.short_line.tidy import BAR, tidy
from shared.kernel.errors import FieldFault, Invalid

_COUNTS = ("dead", "missing", "injured", "trapped", "moved")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one line.

    Args:
        raw: the line as it came, tidied.
        values: field name to its one way of writing, or to what was there when that is wrong.
        faults: what is wrong; with faults there is no report.
        expected: the check that the fields as read have, "" when they cannot be read.
        report: what the line says, also when the check is wrong: then a person must confirm it.
    """

    raw: str
    values: dict[str, str]
    faults: tuple[FieldFault, ...]
    expected: str
    report: FieldReport | None

    @property
    def is_checked(self) -> bool:
        """Whether the check agrees; only then may the line be filed without a person's confirmation."""
        return self.report is not None and self.values["chk"] == self.expected


def encode(report: FieldReport) -> str:
    """The line of a report, at most 149 bytes of GB18030.

    Raises:
        Invalid: `short_line.field`: a value does not fit its field.
    """
    said = written(report)
    values: list[str] = []
    for field in FIELDS[:-1]:
        text = field.write(said[field.name])
        if text is None:
            raise Invalid("short_line.field", faults=(_fault(field.name, said[field.name]),))
        values.append(text)
    body = BAR.join(values) + BAR
    line = body + checksum(body)
    assert len(line.encode(ENCODING)) <= MAX_BYTES
    return line


def written(report: FieldReport) -> dict[str, str]:
    """The values of a report as they are written, without the check."""
    counts = {name: getattr(report, name) for name in _COUNTS}
    return {
        "fmt": VERSION,
        "unit": report.unit,
        "occurred": scene_digits(report.occurred_at),
        "event": report.type_code,
        "grade": GRADE_DIGITS[report.grade],
        **{name: UNKNOWN if value is None else str(value) for name, value in counts.items()},
        "outage": report.outage,
        "risk": report.risk,
        "need": report.need,
        "by": report.by,
        "seq": str(report.sequence),
    }


def decode(text: str, received_at: datetime) -> list[Reading]:
    """Every line in a text, however it was wrapped, widened or spaced; text before the first line is passed over."""
    plain = tidy(text)
    starts = [found.start() for found in START.finditer(plain)]
    return [_read(plain[start:end], received_at) for start, end in pairwise([*starts, len(plain)])]


def _read(raw: str, received_at: datetime) -> Reading:
    parts = raw.split(BAR)
    version = parts[0].upper()
    if version != VERSION:
        return _unread(raw, FieldFault("/fmt", "short_line.version_unknown", given=version, known=VERSION))
    if len(parts) != len(FIELDS):
        return _unread(raw, FieldFault("", "short_line.field_count", given=len(parts), expected=len(FIELDS)))
    return read_fields({field.name: part for field, part in zip(FIELDS, parts, strict=True)}, received_at, raw=raw)


def _unread(raw: str, fault: FieldFault) -> Reading:
    return Reading(raw, {}, (fault,), "", None)


def read_fields(said: dict[str, str], received_at: datetime, *, raw: str | None = None) -> Reading:
    """The same for fields that were typed one by one; the check may be missing, then a person must confirm."""
    given = {field.name: said.get(field.name, "") for field in FIELDS} | {"fmt": said.get("fmt") or VERSION}
    fitting = {field.name: field.write(given[field.name]) for field in FIELDS}
    values = {name: tidy(given[name]) if text is None else text for name, text in fitting.items()}
    # A check that cannot be read is one that does not agree, no fault of the line: a person may confirm it.
    faults = [_fault(name, given[name]) for name, text in fitting.items() if text is None and name != "chk"]
    occurred = None if fitting["occurred"] is None else scene_time(fitting["occurred"], received_at)
    if fitting["occurred"] is not None and occurred is None:
        faults.append(_fault("occurred", given["occurred"]))
    line = raw if raw is not None else BAR.join(tidy(given[field.name]) for field in FIELDS)
    if faults or occurred is None:
        return Reading(line, values, tuple(faults), "", None)
    body = BAR.join(values[field.name] for field in FIELDS[:-1]) + BAR
    return Reading(line, values, (), checksum(body), _report(values, occurred))


def _fault(name: str, given: str) -> FieldFault:
    params = {"label": LABELS[name], "expected": BY_NAME[name].expected, "given": given[:40]}
    return FieldFault(f"/{name}", "short_line.field", **params)


def _report(values: dict[str, str], occurred: datetime) -> FieldReport:
    counts = {name: None if values[name] == UNKNOWN else int(values[name]) for name in _COUNTS}
    return FieldReport(
        unit=values["unit"],
        occurred_at=occurred.astimezone(UTC),
        type_code=values["event"],
        grade=GRADES[values["grade"]],
        **counts,
        outage=values["outage"],
        risk=values["risk"],
        need=values["need"],
        by=values["by"],
        sequence=int(values["seq"]),
    )
