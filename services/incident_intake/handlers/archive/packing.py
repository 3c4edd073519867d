"""The file as one ZIP with its list of contents: every part is named there with its size and SHA-256."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from shared.kernel.clock import SHANGHAI, wire_time

FORMAT: Final = "yizhangtu-incident-archive/1"
MANIFEST: Final = "manifest.json"
_README: Final = """突发事件档案包（突发事件应对法第94条）

incident.json       事件当前内容
timeline.json/.csv  全过程时间线（.csv 可用表格软件打开）
calls.json          接报记录
orders.json         派遣、协调、通报、请求支援的指令及各队回报
notifications.json  叫应与应答
short_lines.json    代录的短报原文
personal_data.json  个人信息延期、销毁的决定
merged/             并入本事件的其他事件
attachments/        导出人从其他系统页面附上的文件：报送文件、地图截图
manifest.json       每个文件的字节数和 SHA-256；attached 为导出人附上，record 为系统记录

时间均为世界协调时（末尾 Z），加 8 小时为北京时间；.csv 中为北京时间。
核对：对任一文件计算 SHA-256，应与 manifest.json 中一致；manifest.json 自身的 SHA-256 记在系统审计簿中。
"""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that whoever exports has added, under a name that is safe."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """The finished file; `manifest_hash` goes into the audit book, so that a later change of it shows."""

    filename: str
    content: bytes
    manifest_hash: str
    files: int


def packed(
    head: Mapping[str, Any],
    files: Mapping[str, Any],
    attachments: Sequence[Attachment],
    now: datetime,
    *,
    filename: str,
) -> Archive:
    """The ZIP. Takes up to seconds: call it in a thread.

    Args:
        head: what the manifest says besides the list.
    """
    parts = {"README.txt": _README.encode()} | {name: _written(value) for name, value in files.items()}
    origins = dict.fromkeys(parts, "record")
    for one in attachments:
        name = f"attachments/{one.name}"
        parts[name], origins[name] = one.content, "attached"
    listed = [
        {"name": name, "bytes": len(content), "sha256": sha256(content).hexdigest(), "origin": origins[name]}
        for name, content in sorted(parts.items())
    ]
    manifest = _written({"format": FORMAT, "made_at": wire_time(now), **head, "files": listed})
    out = io.BytesIO()
    stamp = now.astimezone(SHANGHAI).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, MANIFEST: manifest}.items():
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return Archive(filename, out.getvalue(), sha256(manifest).hexdigest(), len(parts) + 1)


def _written(value: Any) -> bytes:
    return value if isinstance(value, bytes) else orjson.dumps(value, option=orjson.OPT_INDENT_2)
