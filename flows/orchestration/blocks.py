"""What settings name on Prefect's server: Secret blocks, a notification block and a variable."""

import asyncio
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from prefect.blocks.core import Block
from prefect.blocks.system import Secret
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import BlockDocument
from prefect.exceptions import ObjectNotFound

from staycurrent.flows.errors import SettingsError
from staycurrent.flows.orchestration.notification import Notification
from staycurrent.flows.settings.sections import PrefectSettings

_TYPE = "secret"
"""The type of Secret blocks."""
_AT_DEPLOYMENT = ("list", "prefect")
"""Sections that `staycurrent deploy` reads, so that a variable cannot change them afterwards."""


def with_tokens(settings: PrefectSettings, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment, with tokens from Secret blocks for those that it has not.

    Raises SettingsError for a block that does not exist or holds no text.
    """
    tokens: dict[str, str] = {}
    for name, block in settings.token_blocks.items():
        if not block or environment.get(name, "").strip():
            continue
        mistake = f"the block {_TYPE}/{block} must hold a text, not JSON"
        try:
            value: Any = Secret.load(block)
            secret = value.value.get_secret_value()
        except ValueError:
            secret, mistake = None, _missing(f"{_TYPE}/{block}")
        if not isinstance(secret, str):
            raise SettingsError([f"prefect.{name.lower()}_block: {mistake}"])
        tokens[name] = secret
    return {**environment, **tokens}


def read_overrides(variable: str) -> Mapping[str, Any]:
    """The settings in a variable of Prefect; none without one. Raises SettingsError."""
    if not variable:
        return {}
    with get_client(sync_client=True) as client:
        found = client.read_variable_by_name(variable)
    if found is None:
        raise SettingsError([f"prefect.variable: {_no_variable(variable)}"])
    if not isinstance(found.value, dict):
        mistake = 'must be a JSON object of sections, such as {"web": {"timeout_s": 5}}'
        raise SettingsError([f"prefect.variable: {variable} {mistake}"])
    mistakes = [
        f"prefect.variable: {variable} cannot set {section}.*, which is read at deployment"
        for section in _AT_DEPLOYMENT
        if section in found.value
    ]
    if mistakes:
        raise SettingsError(mistakes)
    return found.value


def send(block: str, notification: Notification) -> str:
    """Send a notification by a block; empty if it was sent, else a sentence.

    The sentence has no text of the error, because a webhook's address is a secret.
    """
    try:
        # Anything may be raised: blocks are code of others, and call servers of others.
        loaded: Any = Block.load(block)
        with loaded.raise_on_failure():
            sent = loaded.notify(body=notification.body, subject=notification.subject)
            if inspect.iscoroutine(sent):  # some blocks have no other kind
                asyncio.run(sent)
    except Exception as error:  # noqa: BLE001
        status = getattr(getattr(error, "response", None), "status_code", "")
        return f"no notification was sent by {block}: {type(error).__name__} {status}".rstrip()
    return ""


def notification_block_id(client: SyncPrefectClient, block: str) -> str | None:
    """The id of a notification block; None if there is none of this name that notifies."""
    found = _find_block(client, block) if block else None
    return str(found.id) if found and _notifies(found) else None


def find_mistakes(client: SyncPrefectClient, settings: PrefectSettings) -> Iterator[str]:
    """A sentence for each name in the settings that means nothing on the server."""
    if settings.notify:
        found = _find_block(client, settings.notify)
        if found is None:
            yield f"prefect.notify: {_missing(settings.notify)}"
        elif not _notifies(found):
            yield f"prefect.notify: the block {settings.notify} cannot send notifications"
    for name, block in settings.token_blocks.items():
        if block and _find_block(client, f"{_TYPE}/{block}") is None:
            yield f"prefect.{name.lower()}_block: {_missing(f'{_TYPE}/{block}')}"
    if settings.variable and client.read_variable_by_name(settings.variable) is None:
        yield f"prefect.variable: {_no_variable(settings.variable)}"


def _find_block(client: SyncPrefectClient, block: str) -> BlockDocument | None:
    kind, _, name = block.partition("/")
    try:
        return client.read_block_document_by_name(name, kind, include_secrets=False)
    except ObjectNotFound:
        return None


def _notifies(block: BlockDocument) -> bool:
    return block.block_schema is not None and "notify" in block.block_schema.capabilities


def _missing(block: str) -> str:
    return f"there is no block {block} on this server; create it under Blocks on Prefect's pages"


def _no_variable(name: str) -> str:
    return f"there is no variable {name} on this server; `prefect variable set {name}` creates it"
