"""The alert rules have the form that Prometheus reads, and use metrics that exist."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from prometheus_client import CollectorRegistry

from app.jobs.service import JobServices
from app.observability.exposition import StateCollector
from app.rest.wiring import provided
from app.telemetry.metrics import REGISTRY
from workers.metrics import RUNNING, SLOTS

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
DOCS = DEPLOY.parent / "docs" / "metrics.md"
METRIC = re.compile(r"\bqloom_[a-z0-9_]+")
DURATION = re.compile(r"\d+[smh]")


def rules() -> list[dict[str, Any]]:
    """Return all alert rules."""
    document = yaml.safe_load((DEPLOY / "alerts.yml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


@pytest.fixture
def exported(app: Flask) -> set[str]:
    """Return the names of all samples that web and workers export, and of their series."""
    registry = CollectorRegistry()
    registry.register(REGISTRY)
    registry.register(StateCollector(provided(JobServices, app)))
    names = set()
    for family in registry.collect():
        suffixes = {
            "counter": ("_total",),
            "histogram": ("_bucket", "_count", "_sum"),
            "gauge": ("",),
        }[family.type]
        names |= {family.name + suffix for suffix in suffixes}
    return names


def test_there_is_a_rule_for_everything_that_can_go_wrong() -> None:
    expressions = " ".join(rule["expr"] for rule in rules())
    for metric in (
        "qloom_up",
        "qloom_queue_workers",
        "qloom_queue_wait_seconds",
        "qloom_http_requests_total",
        "qloom_simulator_processes_killed_total",
        "qloom_pending_graphs",
        "qloom_database_connections_in_use",
    ):
        assert metric in expressions


def test_every_rule_is_complete() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) >= 10
    for rule in rules():
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert DURATION.fullmatch(rule.get("for", "0s"))
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"]
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_every_metric_of_the_rules_is_exported(exported: set[str]) -> None:
    used = {name for rule in rules() for name in METRIC.findall(rule["expr"])}
    assert used
    assert used <= exported


def test_every_metric_is_explained(exported: set[str]) -> None:
    explained = DOCS.read_text()
    assert SLOTS in REGISTRY._collector_to_names
    assert RUNNING in REGISTRY._collector_to_names
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in exported}
    missing = {
        name
        for name in families
        if f"`{name}" not in explained and not name.startswith("qloom_worker_process_")
    }
    assert missing == set()


def test_prometheus_is_told_where_the_rules_are() -> None:
    document = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
    assert document["rule_files"] == ["alerts.yml"]
    jobs = {job["job_name"] for job in document["scrape_configs"]}
    assert jobs == {"qloom-web", "qloom-worker"}
    used = {name for rule in rules() for name in re.findall(r'job="([^"]+)"', rule["expr"])}
    assert used <= jobs
