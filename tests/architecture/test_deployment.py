"""What is deployed is closed, limited and watched; the files fit the commands and the metrics that exist."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.stopping import STOP_SECONDS
from tests.architecture.source import ROOT
from tests.harness.command import yizhangtu
from tests.harness.hosting import hosted
from tests.harness.nats import nats_server_binary
from tests.harness.yaml_subset import NotOurs, load

_DEPLOY = ROOT / "deploy"
_ONE_SHOT = {"broker-files"}


def _compose() -> dict[str, Any]:
    document: dict[str, Any] = load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return document


_SERVICES: dict[str, dict[str, Any]] = _compose()["services"]


@pytest.mark.parametrize("name", _SERVICES)
def test_every_container_is_closed_and_limited(name: str) -> None:
    service = _SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] > 0
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["stop_grace_period"] == "30s"
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert "privileged" not in service
    assert service.get("user", "") == "10001:10001" or name == "postgres", "its entry point changes the user itself"


@pytest.mark.parametrize("name", sorted(_SERVICES.keys() - _ONE_SHOT))
def test_every_container_that_stays_is_watched_and_comes_back(name: str) -> None:
    service = _SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= service["healthcheck"].keys()
    for needed, how in service.get("depends_on", {}).items():
        assert how["condition"] == ("service_completed_successfully" if needed in _ONE_SHOT else "service_healthy")


@pytest.mark.parametrize("name", _SERVICES)
def test_every_image_is_pinned(name: str) -> None:
    _, _, tag = _SERVICES[name]["image"].partition(":")
    assert tag
    assert "latest" not in tag


def test_only_the_doors_are_published_and_only_on_loopback_by_default() -> None:
    published = {name: service["ports"] for name, service in _SERVICES.items() if "ports" in service}
    assert published.keys() == {"yizhangtu", "gateway"}
    assert all(":-127.0.0.1:" in port for ports in published.values() for port in ports)
    assert _compose()["networks"]["inside"]["internal"] is True
    split = {name for name, service in _SERVICES.items() if service.get("profiles") == ["split"]}
    assert split == _SERVICES.keys() - {"yizhangtu"}
    assert not [name for name in split - {"gateway"} if "outside" in _SERVICES[name].get("networks", [])]


def test_passwords_are_files_and_never_in_the_text() -> None:
    compose = _compose()
    for service in _SERVICES.values():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or key.endswith("_FILE"), key
            assert not re.search(r"://[^/]*:[^/]*@", str(value)), key
        assert set(service.get("secrets", ())) <= compose["secrets"].keys()
    assert all(entry.keys() == {"file"} for entry in compose["secrets"].values())
    assert "/secrets/" in (ROOT / ".gitignore").read_text()


def test_each_volume_is_declared_and_each_service_hosted_once() -> None:
    compose = _compose()
    named = {mount.split(":")[0] for each in _SERVICES.values() for mount in each.get("volumes", ()) if mount[0] != "."}
    assert named == compose["volumes"].keys()
    hosted_by = [
        name for each in _SERVICES.values() for name in each.get("environment", {}).get("YZT_SERVICE", "").split()
    ]
    from services.settings import SERVICES

    assert sorted(hosted_by) == sorted(SERVICES)


async def test_every_route_of_a_split_service_has_its_way_through_the_door(tmp_path: Path) -> None:
    door = (_DEPLOY / "caddy" / "Caddyfile").read_text("utf-8")
    ways = {name: re.search(rf"@{name} path (.*)", door) for name in ("people", "field")}
    patterns = {name: found[1].split() for name, found in ways.items() if found}
    for name in ("people", "field", "picture"):
        hosts = tuple(_SERVICES[name]["environment"]["YZT_SERVICE"].split())
        async with hosted(tmp_path / name, services=hosts) as app:
            assert app.node.app is not None
            paths = {path: tags(found) for path, found in app.node.app.openapi()["paths"].items()}
        for path, tagged in paths.items():
            is_own = path.startswith("/api") and tagged != {"ops"} and (name == "people" or not tagged & {"identity"})
            if is_own:
                assert _way(path, patterns) == name, path


def tags(operations: dict[str, Any]) -> set[str]:
    """The tags of all operations of a path."""
    return {tag for operation in operations.values() for tag in operation.get("tags", ())}


def _way(path: str, patterns: dict[str, list[str]]) -> str:
    for name, known in patterns.items():
        if any(path.startswith(one[:-1]) if one.endswith("*") else path == one for one in known):
            return name
    return "picture"


def test_the_image_is_pinned_unprivileged_and_holds_what_the_lock_says() -> None:
    lines = (_DEPLOY / "docker" / "Dockerfile").read_text("utf-8")
    assert "USER 10001:10001" in lines
    assert 'ENTRYPOINT ["yizhangtu"]' in lines
    assert "--require-hashes" in lines
    assert "HEALTHCHECK" in lines
    assert not re.search(r"FROM \S+:latest|curl|ADD http", lines)

    def entries(path: Path) -> set[str]:
        return set(re.split(r"\n(?=[a-z])", path.read_text("utf-8").strip()))

    assert entries(_DEPLOY / "docker" / "requirements.lock") < entries(ROOT / "requirements.lock")


def test_the_brokers_configuration_is_accepted_by_the_broker(tmp_path: Path) -> None:
    done = yizhangtu("provision", "--render-nats-config", tmp_path / "broker", "--store", "/data/js")
    assert done.code == 0, done.said
    rendered, example = tmp_path / "broker" / "nats.conf", _DEPLOY / "nats" / "nats.conf"
    for file in (rendered, example):
        checked = subprocess.run([nats_server_binary(), "-t", "-c", file], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
    seeds = list((tmp_path / "broker" / "keys").iterdir())
    assert {"REAL_provision.nk", "DRILL_identity.nk"} <= {seed.name for seed in seeds}
    assert not [seed for seed in seeds if seed.stat().st_mode & 0o077]
    text = "\n".join(line for line in example.read_text("utf-8").splitlines() if not line.startswith("#"))
    assert _without_users(orjson.loads(text)) == _without_users(orjson.loads(rendered.read_bytes()))
    assert not re.search(r"\bSU[A-Z0-9]{56}\b", text), "a seed is a secret"


def _without_users(configuration: dict[str, Any]) -> dict[str, Any]:
    return {**configuration, "accounts": sorted(configuration["accounts"])}


def test_rendering_again_keeps_the_keys(tmp_path: Path) -> None:
    for _ in range(2):
        assert yizhangtu("provision", "--render-nats-config", tmp_path).code == 0
        keys = {file.name: file.read_bytes() for file in (tmp_path / "keys").iterdir()}
    assert yizhangtu("provision", "--render-nats-config", tmp_path).code == 0
    assert {file.name: file.read_bytes() for file in (tmp_path / "keys").iterdir()} == keys


@pytest.mark.nats
async def test_every_metric_in_the_alerts_is_exposed_by_a_running_node(tmp_path: Path) -> None:
    alerts = load((_DEPLOY / "prometheus" / "rules.yml").read_text("utf-8"))["groups"][0]["rules"]
    used = {name for rule in alerts for name in re.findall(r"\byzt_\w+", rule["expr"])}
    assert len(used) > 8
    async with hosted(tmp_path, broker=True) as app:
        exposed = (await app.anonymous().get("/metrics")).text
    known = set(re.findall(r"^# TYPE (\w+) ", exposed, re.MULTILINE))
    known |= {f"{name}_total" for name in known}
    assert used <= known


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w-]", "", heading.strip().lower().replace(" ", "-")) for heading in headings}


def test_every_alert_says_in_chinese_what_it_means_and_where_to_read_on() -> None:
    anchors = {page: _anchors(ROOT / page) for page in ("docs/operations.md", "docs/runbooks.md")}
    for rule in load((_DEPLOY / "prometheus" / "rules.yml").read_text("utf-8"))["groups"][0]["rules"]:
        assert re.search("[\u4e00-\u9fff]", rule["annotations"]["summary"]), rule["alert"]
        file, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert anchor in anchors[file], rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket", "none"}


def test_a_site_is_killed_only_after_the_time_in_which_it_ends_by_itself() -> None:
    unit = (_DEPLOY / "systemd" / "yizhangtu.service").read_text("utf-8")
    patience = [each["stop_grace_period"] for each in _SERVICES.values()] + re.findall(
        r"^TimeoutStopSec=(.*)$", unit, re.MULTILINE
    )
    assert min(float(each.removesuffix("s")) for each in patience) > STOP_SECONDS


def test_the_unit_is_hardened() -> None:
    unit = (_DEPLOY / "systemd" / "yizhangtu.service").read_text("utf-8")
    for line in (
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "DynamicUser=yes",
        "CapabilityBoundingSet=",
        "Restart=always",
    ):
        assert line in unit.splitlines()
    analyser = shutil.which("systemd-analyze")
    if analyser is None:
        pytest.skip("systemd-analyze is not installed")
    file = str(_DEPLOY / "systemd" / "yizhangtu.service")
    command = [analyser, "security", "--offline=true", "--threshold=30", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-300:]


def test_the_scripts_are_valid_shell() -> None:
    for script in _DEPLOY.rglob("*.sh"):
        assert subprocess.run(["sh", "-n", script], check=False).returncode == 0


@pytest.mark.parametrize("text", ["a: |\n  b", "a: b\n   c: d", "a: 1\na: 2", "a: 'b'"])
def test_the_reader_of_these_files_refuses_what_it_does_not_know(text: str) -> None:
    with pytest.raises(NotOurs):
        load(text)


def test_the_reader_of_these_files_knows_merges_and_lists() -> None:
    text = 'x: &x\n  a: [one, "two:2"]\ny:\n  <<: *x\n  b: {c: true}\n  d:\n    - e: 1\n      f: {}\n    - e: 2\n'
    assert load(text)["y"] == {"a": ["one", "two:2"], "b": {"c": True}, "d": [{"e": 1, "f": {}}, {"e": 2}]}
