"""Warnings as Chinese weather services write them, made up for tests in the shape that is seen in public."""

import json
from typing import Any


def weather_com_cn(**changed: Any) -> bytes:
    entry = {
        "head": "某区气象台发布大雾黄色预警[III/较重]", "ALERTID": "11011541600000_20260731080000",
        "PROVINCE": "北京市", "CITY": "大兴区", "STATIONNAME": "某区气象台", "SIGNALTYPE": "大雾",
        "SIGNALLEVEL": "黄色",
        "TYPECODE": "12", "LEVELCODE": "02", "ISSUETIME": "2026-07-31 08:00:00", "RELIEVETIME": "",
        "ISSUECONTENT": "预计今天上午有能见度低于500米的雾。", "YJTYPE_EN": "", "YJYC_EN": "Yellow", "msgType": "Alert",
        "identifier": "11011541600000_20260731080000", "references": "11011541600000_20260731080000",
    }  # fmt: skip
    return f"var alarminfo={json.dumps({**entry, **changed}, ensure_ascii=False)};".encode()


def tencent(**changed: Any) -> bytes:
    entry = {
        "type_name": "持续低温", "type_code": "00", "level_name": "蓝色", "level_code": "01", "province": "某省",
        "city": "", "county": "", "detail": "某省气象台发布持续低温蓝色预警。", "update_time": "2026-07-31 16:25",
    }  # fmt: skip
    return json.dumps({"data": {"alarm": {"0": {**entry, **changed}}}}).encode()


def caiyun(**changed: Any) -> bytes:
    entry = {
        "status": "预警中", "code": "1202", "pubtimestamp": 1785456000.0, "latlon": [39.7, 116.3], "province": "北京市",
        "city": "大兴区", "county": "", "alertId": "11011541600000_20260731080000", "source": "国家预警信息发布中心",
        "title": "某区气象台发布大雾黄色预警[III/较大]", "description": "预计今天上午有雾。",
    }  # fmt: skip
    return json.dumps({"status": "ok", "alert": {"status": "ok", "content": [{**entry, **changed}]}}).encode()


def qweather(**changed: Any) -> bytes:
    entry = {
        "id": "202607311100001234567890", "senderName": "某区气象局", "issuedTime": "2026-07-31T10:30+08:00",
        "messageType": {"code": "update", "supersedes": ["202607310900001234567890"]},
        "eventType": {"name": "大风", "code": "1006"}, "severity": "minor", "urgency": None, "certainty": None,
        "color": {"code": "blue"}, "onsetTime": "2026-07-31T12:00+08:00", "expireTime": "2026-08-01T12:00+08:00",
        "headline": "某区气象局更新大风蓝色预警", "description": "预计有5级大风。", "instruction": "请加固棚架。",
    }  # fmt: skip
    return json.dumps({"metadata": {}, "alerts": [{**entry, **changed}]}).encode()
