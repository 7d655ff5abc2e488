"""What one look found, as SARIF: what the standard asks of a log, and words that stay words."""

import json

import jsonschema  # type: ignore[import-untyped]
import pytest

from staycurrent.reports.lint_report import LINT_KINDS, LintFinding, LintKind
from staycurrent.reports.sarif_report import lint_as_sarif
from tests.reports.test_sarif import LOG
from tests.support.values import HOSTILE


def found(kind: LintKind, url: str = "https://example.org/a", path: str = "list.md") -> LintFinding:
    return LintFinding(kind, path, 3, 7, url, "did not answer tonight: 404 (checked twice)")


@pytest.mark.parametrize("kind", LINT_KINDS)
def test_each_kind_has_a_rule_and_is_no_error(kind: LintKind) -> None:
    log = json.loads(lint_as_sarif((found(kind),)))
    jsonschema.validate(log, LOG)
    (run,) = log["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["ruleId"] == f"added/{kind}"
    assert result["level"] == ("note" if kind in ("idle", "moved", "blocked") else "warning")


@pytest.mark.parametrize("hostile", [HOSTILE, "[x](https://evil.example)", "a\\[b", "\udcff"])
def test_hostile_words_and_paths_stay_words(hostile: str) -> None:
    log = json.loads(lint_as_sarif((found(LintKind.MISSING, hostile, hostile),)))
    jsonschema.validate(log, LOG)
    text = log["runs"][0]["results"][0]["message"]["text"]
    assert "[" not in text.replace("\\\\", "").replace("\\[", "")
    assert "\n" not in text
    assert "\x1b" not in text


def test_nothing_found_is_a_log_too() -> None:
    log = json.loads(lint_as_sarif(()))
    jsonschema.validate(log, LOG)
    assert log["runs"][0]["results"] == []
