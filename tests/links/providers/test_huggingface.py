"""Asking Hugging Face: there, gated, disabled, renamed, missing or private."""

import pytest

from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers import huggingface
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.settings import HuggingFaceSettings
from staycurrent.web.response import Failure, Response
from tests.support.values import API_DATE, Replay, api_response, as_api, failed, to

MODEL = "https://huggingface.co/api/models/google/gemma-2b-it"
PAGE = "https://huggingface.co/google/gemma-2b-it"
SETTINGS = HuggingFaceSettings()
NOT_FOUND = {"error": "Invalid username or password."}


def model_body(name: str, **more: object) -> dict[str, object]:
    return {"_id": "65", "id": name, "lastModified": "2026-01-01T00:00:00.000Z", **more}


async def ask(replay: Replay, *paths: str) -> ProviderReport:
    links = [to(f"https://huggingface.co/{path}") for path in paths]
    return await huggingface.PROVIDER.check(links, as_api(SETTINGS, replay), API_DATE)


@pytest.mark.parametrize(
    ("come", "outcome", "freshness"),
    [
        (api_response(MODEL, 200, model_body("google/gemma-2b-it")), Outcome.OK, Freshness.FRESH),
        (api_response(MODEL, 200, model_body("Google/Gemma-2b-it")), Outcome.OK, Freshness.FRESH),
        (
            api_response(
                MODEL, 200, model_body("google/gemma-2b-it", gated="manual", private=False)
            ),
            Outcome.OK,
            Freshness.FRESH,
        ),
        (
            api_response(MODEL, 200, model_body("google/gemma-2b-it", disabled=True)),
            Outcome.OK,
            Freshness.DISABLED,
        ),
        (
            api_response(
                MODEL, 403, headers={"x-error-message": "Access to this resource is disabled."}
            ),
            Outcome.OK,
            Freshness.DISABLED,
        ),
        (api_response(MODEL, 401, headers={"x-error-code": "GatedRepo"}), Outcome.OK, None),
        (api_response(MODEL, 403, headers={"x-error-code": "GatedRepo"}), Outcome.OK, None),
    ],
)
async def test_what_is_there_is_alive(
    replay: Replay, come: Response, outcome: Outcome, freshness: Freshness | None
) -> None:
    replay.at(MODEL, come)

    report = await ask(replay, "google/gemma-2b-it")

    (seen,) = report.observations
    assert (seen.outcome, seen.freshness, seen.final_url) == (outcome, freshness, None)
    assert seen.checked_by == "huggingface"
    assert len(replay.asked) == 1


@pytest.mark.parametrize(
    ("path", "present", "final_url"),
    [
        ("KB/bert", "KBLab/bert", "https://huggingface.co/KBLab/bert"),
        ("datasets/spider", "xlangai/spider", "https://huggingface.co/datasets/xlangai/spider"),
        ("spaces/a/old?x=1", "a/new", "https://huggingface.co/spaces/a/new?x=1"),
    ],
)
async def test_what_goes_by_another_name_has_moved_for_good(
    replay: Replay, path: str, present: str, final_url: str
) -> None:
    bare = path.partition("?")[0]
    kind = "" if bare.startswith(("datasets/", "spaces/")) else "models/"
    asked = f"https://huggingface.co/api/{kind}{bare}"
    replay.at(
        asked,
        api_response(asked, 200, model_body(present), to="https://huggingface.co/api/elsewhere"),
    )

    report = await ask(replay, path)

    (seen,) = report.observations
    assert (seen.outcome, seen.permanent, seen.final_url) == (Outcome.REDIRECTED, True, final_url)


@pytest.mark.parametrize("status", [401, 404])
@pytest.mark.parametrize(
    ("page", "outcome", "checks"),
    [(404, Outcome.MISSING, 2), (401, Outcome.MISSING, 2), (200, Outcome.OK, 1)],
)
async def test_a_repository_hidden_from_the_public_is_missing_after_a_second_check(
    replay: Replay, status: int, page: int, outcome: Outcome, checks: int
) -> None:
    headers = {"x-error-code": "RepoNotFound"}
    replay.at(MODEL, api_response(MODEL, status, NOT_FOUND, headers=headers))
    replay.at(PAGE, api_response(PAGE, page))

    report = await ask(replay, "google/gemma-2b-it")

    (seen,) = report.observations
    assert (seen.outcome, seen.checks) == (outcome, checks)


async def test_it_is_asked_as_a_reader_without_a_token(replay: Replay) -> None:
    replay.at(MODEL, api_response(MODEL, 401, NOT_FOUND))

    await ask(replay, "google/gemma-2b-it")

    assert [dict(question.headers) for question in replay.asked] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("come", "asked"),
    [
        (api_response(MODEL, 429), 1),
        (failed(MODEL, Failure.DEFERRED), 1),
        (api_response(MODEL, 503), 1),
        (api_response(MODEL, 500), 2),
        (failed(MODEL, Failure.TIMEOUT), 2),
        (api_response(MODEL, 200, b"<html>Hugging Face is down"), 2),
        (api_response(MODEL, 200, {"error": "x"}), 2),
        (api_response(MODEL, 400, {"error": "x"}), 2),
        (api_response(MODEL, 403, b""), 2),
        (api_response(MODEL, 200, model_body("a/b"), to="https://evil.example/api"), 2),
        (api_response(MODEL, 404, b"", to="https://evil.example/api"), 2),
    ],
)
async def test_what_is_no_answer_is_no_verdict(replay: Replay, come: Response, asked: int) -> None:
    replay.at(MODEL, come)

    report = await ask(replay, "google/gemma-2b-it", "other/one")

    assert (report.observations, len(report.deferred)) == ((), 2)
    assert len(replay.asked) == asked
    assert report.note


async def test_a_name_that_is_no_name_is_not_written_into_the_list(replay: Replay) -> None:
    replay.at(MODEL, api_response(MODEL, 200, model_body("evil.example/](javascript:x)")))

    report = await ask(replay, "google/gemma-2b-it")

    (seen,) = report.observations
    assert (seen.outcome, seen.final_url, seen.evidence) == (Outcome.OK, None, "there")
