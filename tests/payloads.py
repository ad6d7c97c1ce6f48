"""Says what Discord would refuse or not show in a payload, so that a test fails where a person would see an error.

Two things are checked: the request body that Discord's published OpenAPI document describes for the operation, and the
limits that Discord's documentation states in words only. Where it is unclear whether Discord counts code points or
UTF-16 units, the larger number counts; that is always the UTF-16 one.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators
from referencing import Registry
from referencing.jsonschema import DRAFT202012

MEBIBYTE = 1 << 20
COMPONENTS_V2 = 1 << 15
ACTION_ROW, BUTTON, STRING_SELECT, TEXT_INPUT, TEXT_DISPLAY = 1, 2, 3, 4, 10
SELECTS = (STRING_SELECT, 5, 6, 7, 8)
LEGACY = (ACTION_ROW, BUTTON, *SELECTS)  # what a message without the flag may have
LINK, PREMIUM = 5, 6
CHAT_INPUT, SUBCOMMAND, SUBCOMMAND_GROUP = 1, 1, 2

# https://discord.com/developers/docs/interactions/application-commands (Application Command Naming)
# \w stands for its \p{L}\p{N}; the vowel signs of Devanagari and Thai are not in \w.
COMMAND_NAME = re.compile(r"[-_'\w\u0900-\u097F\u0E00-\u0E7F]+")
# https://discord.com/developers/docs/reference#uploading-files
REFERENCED_FILE = re.compile(r"[A-Za-z0-9_.-]+")

CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
MESSAGES = {
    ("post", "/channels/{channel_id}/messages"),
    ("patch", "/channels/{channel_id}/messages/{message_id}"),
    ("post", "/webhooks/{webhook_id}/{webhook_token}"),
    ("patch", "/webhooks/{webhook_id}/{webhook_token}/messages/@original"),
    ("patch", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"),
}


class PublishedApi:
    """Discord's HTTP API as its OpenAPI document describes it."""

    def __init__(self, document: Path) -> None:
        self._document: dict[str, Any] = json.loads(document.read_text(encoding="utf-8"))
        resource = DRAFT202012.create_resource(self._document)
        self._registry: Registry[Any] = Registry().with_resource("urn:discord", resource)
        self._templates = [(path.split("/"), path) for path in self._document["paths"]]
        self._validators: dict[tuple[str, str], Any] = {}

    def check(self, method: str, path: str, payload: Any, file_sizes: Mapping[str, int] | None = None) -> None:
        """Nothing, if Discord would take the payload.

        Args:
            method: `POST` and so on, in any case.
            path: A path or URL as it was requested; `/api/v10` and a query are left out of account.
            payload: The decoded JSON body (of a multipart request: its `payload_json`), None where there is no body.
            file_sizes: Bytes of each uploaded file by its name, where files were sent along.

        Raises:
            AssertionError: Discord knows no such operation or would refuse the payload; one line for each difference.
        """
        differences = self.differences(method, path, payload, file_sizes)
        if differences:
            raise AssertionError("\n  ".join([f"Discord would refuse {method.upper()} {path}:", *differences]))

    def differences(
        self, method: str, path: str, payload: Any, file_sizes: Mapping[str, int] | None = None
    ) -> list[str]:
        """Where the payload differs from what Discord takes, in the order of the document, then of its limits."""
        template = self._template(path)
        operation = self._document["paths"].get(template, {}).get(method.lower())
        if operation is None:
            return ["Discord's document has no such operation"]
        if payload is None or "requestBody" not in operation:
            required = operation.get("requestBody", {}).get("required", False)
            if (payload is None) == required:
                return ["a JSON body is missing" if required else "this operation takes no JSON body"]
            return []
        errors = self._validator(method.lower(), template).iter_errors(payload)
        limits = _limits(method.lower(), template, payload, file_sizes or {})
        return [*(f"{_place(error.absolute_path)}: {_fact(error)}" for error in errors), *limits]

    def _template(self, path: str) -> str:
        """The path template that fits best, with the fewest variables; empty if none fits."""
        bare = re.sub(r"^(https?://[^/]+)?/*(api/v\d+/)?", "/", path).partition("?")[0].rstrip("/")
        words = bare.split("/")
        fitting = [
            (sum(part.startswith("{") for part in parts), template)
            for parts, template in self._templates
            if len(parts) == len(words)
            and all(part == word or (part.startswith("{") and word) for part, word in zip(parts, words, strict=True))
        ]
        return min(fitting)[1] if fitting else ""

    def _validator(self, method: str, template: str) -> Any:
        key = (method, template)
        if key not in self._validators:
            escaped = template.replace("~", "~0").replace("/", "~1")
            body = f"urn:discord#/paths/{escaped}/{method}/requestBody/content/application~1json/schema"
            self._validators[key] = _validator_class()({"$ref": body}, registry=self._registry)
        return self._validators[key]


@cache
def _validator_class() -> Any:
    """JSON Schema as Discord means it: readable unions, lengths in UTF-16, snowflakes as numbers too."""
    return validators.extend(  # type: ignore[no-untyped-call] # types-jsonschema leaves it open
        Draft202012Validator,
        {"anyOf": _union, "oneOf": _union, "maxLength": _max_length, "maxItems": _max_items, "type": _type},
    )


def _union(validator: Any, branches: Sequence[dict[str, Any]], instance: Any, schema: Any) -> Iterator[ValidationError]:
    """The differences from the branch that was meant, if no branch fits.

    Meant is the one whose `type` is the payload's; several of those (choices of strings or numbers) are told apart by
    the number of differences. Errors come lazily, and `type` is the first property: wrong branches cost little.
    """
    if all("const" in branch for branch in branches):
        if instance not in [branch["const"] for branch in branches]:
            known = ", ".join(f"{branch['const']} {branch.get('title', '')}".strip() for branch in branches)
            yield ValidationError(f"{_short(instance)} is none of {known}")
        return
    meant: list[list[ValidationError]] = []
    kinds: list[Any] = []
    for branch in branches:
        errors = validator.descend(instance, branch)
        first = next(errors, None)
        if first is None:
            return
        if first.validator in ("type", "enum") and list(first.relative_path) in ([], ["type"]):
            allowed = first.validator_value
            kinds.extend(allowed if isinstance(allowed, list) else [allowed])
        else:
            meant.append([first, *errors])
    if meant:
        yield from min(meant, key=len)
    else:
        has_type = isinstance(instance, dict) and "type" in instance
        actual = f"type {instance['type']!r}" if has_type else _short(instance)
        yield ValidationError(f"{actual} is not allowed here, only {', '.join(dict.fromkeys(map(str, kinds)))}")


def _max_length(validator: Any, limit: int, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and _units(instance) > limit:
        yield ValidationError(f"{_short(instance)} has {_counts(instance)}; at most {limit}")


def _max_items(validator: Any, limit: int, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, list) and len(instance) > limit:
        yield ValidationError(f"{len(instance)} items; at most {limit}")


def _type(validator: Any, types: Any, instance: Any, schema: dict[str, Any]) -> Iterator[ValidationError]:
    # Discord reads a snowflake from a number as well, and discord.py numbers its uploads: {"id": 0, "filename": …}.
    if schema.get("format") == "snowflake" and isinstance(instance, int) and not isinstance(instance, bool):
        return
    yield from Draft202012Validator.VALIDATORS["type"](validator, types, instance, schema)


def _limits(method: str, template: str, payload: Any, file_sizes: Mapping[str, int]) -> Iterator[str]:
    """What the document does not state. Wrong types are the document's to report and are passed over."""
    yield from _file_limits(file_sizes)
    if template == CALLBACK and isinstance(payload, dict):
        kind, contents = payload.get("type"), _object(payload.get("data"))
        if kind in (4, 7):
            yield from _message_limits("data.", contents, file_sizes, new=kind == 4)
        elif kind == 8:
            yield from _choice_limits("data.choices", contents.get("choices"))
        elif kind == 9:
            yield from _modal_limits(contents)
    elif (method, template) in MESSAGES:
        yield from _message_limits("", _object(payload), file_sizes, new=method == "post")
    elif template.endswith(("/commands", "/commands/{command_id}")):
        commands = _objects(payload) if isinstance(payload, list) else [_object(payload)]
        yield from _repeated("command", [f"{c.get('name')} of type {c.get('type', CHAT_INPUT)}" for c in commands])
        for command in commands:
            yield from _command_limits(command)


def _message_limits(
    place: str, message: Mapping[str, Any], file_sizes: Mapping[str, int], *, new: bool
) -> Iterator[str]:
    """Differences of a message that is sent (*new*) or edited; *place* stands before each name."""
    components = list(_nested(f"{place}components", message.get("components")))
    version_2 = bool(_number(message.get("flags")) & COMPONENTS_V2)
    shown = [key for key in ("content", "embeds", "components", "attachments", "poll") if message.get(key)]
    if new and not shown and not file_sizes:
        yield f"{place.rstrip('.') or 'the message'}: is empty"
    if version_2:
        # https://discord.com/developers/docs/components/reference#component-reference
        for key in ("content", "embeds", "poll", "stickers"):
            if message.get(key):
                yield f"{place}{key}: not allowed beside Components V2 (flag 1<<15)"
    else:
        for where, component in components:
            if component.get("type") not in LEGACY:
                yield f"{where}: type {component.get('type')} needs the flag of Components V2 (1<<15)"
        if len(_objects(message.get("components"))) > 5:
            yield f"{place}components: {len(message['components'])} rows; at most 5 without Components V2"
    if len(components) > 40:
        yield f"{place}components: {len(components)} components, nested ones counted; at most 40"
    texts = "".join(str(c.get("content", "")) for _, c in components if c.get("type") == TEXT_DISPLAY)
    if _units(texts) > 4000:
        yield f"{place}components: the text displays have {_counts(texts)} in all; at most 4000"
    yield from _component_limits(components)
    yield from _embed_limits(f"{place}embeds", _objects(message.get("embeds")))
    yield from _reference_limits(place, message, components, new=new)
    if any(key in shown for key in ("content", "embeds", "components")):
        yield from _mention_limits(f"{place}allowed_mentions", message.get("allowed_mentions"))


def _component_limits(components: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    """Differences of a message's or modal's components, given with their places."""
    yield from _repeated("custom_id", [c["custom_id"] for _, c in components if c.get("custom_id")])
    yield from _repeated("component id", [c["id"] for _, c in components if c.get("id")])
    for where, component in components:
        kind, children = component.get("type"), _objects(component.get("components"))
        if kind == ACTION_ROW and len(children) > 1 and any(c.get("type") in SELECTS for c in children):
            yield f"{where}: a select stands alone in its row"
        elif kind == BUTTON:
            yield from _button_limits(where, component)
        elif kind == STRING_SELECT:
            options = _objects(component.get("options"))
            yield from _repeated(f"{where}: value", [option.get("value") for option in options])
            least, most = component.get("min_values"), component.get("max_values")
            if not _number(least, 1) <= _number(most, 1) <= max(len(options), 1):
                yield f"{where}: min_values {least} and max_values {most} do not fit {len(options)} options"
        elif kind == TEXT_INPUT and _number(component.get("min_length")) > _number(component.get("max_length"), 4000):
            yield f"{where}: min_length is more than max_length"


def _button_limits(where: str, button: Mapping[str, Any]) -> Iterator[str]:
    """https://discord.com/developers/docs/components/reference#button"""
    style, url = button.get("style"), button.get("url")
    required = {LINK: "url", PREMIUM: "sku_id"}.get(_number(style), "custom_id")
    for key in ("url", "sku_id", "custom_id"):
        if (key == required) != bool(button.get(key)):
            yield f"{where}: a button of style {style} has {'a' if key == required else 'no'} {key}"
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        yield f"{where}: a button needs a label or an emoji"
    if isinstance(url, str) and not re.fullmatch(r"(https?|discord)://\S+", url):
        yield f"{where}.url: {_short(url)} is no http, https or discord URL"


def _embed_limits(place: str, embeds: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """https://discord.com/developers/docs/resources/message#embed-object-embed-limits"""
    texts = "".join(
        str(text or "")
        for embed in embeds
        for text in (
            *(embed.get(key) for key in ("title", "description")),
            *(value for field in _objects(embed.get("fields")) for value in (field.get("name"), field.get("value"))),
            _object(embed.get("footer")).get("text"),
            _object(embed.get("author")).get("name"),
        )
    )
    if _units(texts) > 6000:
        yield f"{place}: {_counts(texts)} over all embeds; at most 6000"


def _reference_limits(
    place: str, message: Mapping[str, Any], components: Sequence[tuple[str, Mapping[str, Any]]], *, new: bool
) -> Iterator[str]:
    """Differences of the `attachment://` references; an edit without `attachments` keeps files not seen here."""
    names = {str(a["filename"]) for a in _objects(message.get("attachments")) if a.get("filename")}
    references = set()
    images = (_object(embed.get(key)) for embed in _objects(message.get("embeds")) for key in ("image", "thumbnail"))
    media = (_object(media) for _, c in components for media in (c.get("file"), c.get("media")))
    gallery = (_object(item.get("media")) for _, c in components for item in _objects(c.get("items")))
    for url in (str(owner.get("url", "")) for owner in chain(images, media, gallery)):
        name = url.removeprefix("attachment://")
        if name == url:
            continue
        references.add(name)
        if not REFERENCED_FILE.fullmatch(name):
            yield f"{place}attachments: a file named {_short(name)} cannot be referred to, only letters, digits, _ - ."
        if name not in names and (new or "attachments" in message):
            yield f"{place}attachments: {url} is not among them"
    if _number(message.get("flags")) & COMPONENTS_V2:
        # https://discord.com/developers/docs/components/reference#file
        for name in sorted(names - references):
            yield f"{place}attachments: {_short(name)} stays invisible, as no component shows it (Components V2)"


def _mention_limits(place: str, allowed: Any) -> Iterator[str]:
    """Quoth's own rule: it shows other people's words, so nothing it sends may ping anybody."""
    if not isinstance(allowed, dict) or allowed.get("parse") != []:
        yield f"{place}: {_short(allowed)} lets text ping people; parse must be []"
    elif allowed.get("users") or allowed.get("roles"):
        yield f"{place}: {_short(allowed)} names people to ping"


def _choice_limits(place: str, choices: Any) -> Iterator[str]:
    for index, choice in enumerate(_objects(choices)):
        if isinstance(choice.get("value"), str) and _units(choice["value"]) > 100:
            yield f"{place}[{index}].value: {_counts(choice['value'])}; at most 100"


def _modal_limits(modal: Mapping[str, Any]) -> Iterator[str]:
    """https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-modal"""
    if len(_objects(modal.get("components"))) > 5:
        yield f"data.components: {len(modal['components'])} components; at most 5 in a modal"
    yield from _component_limits(list(_nested("data.components", modal.get("components"))))


def _command_limits(command: Mapping[str, Any]) -> Iterator[str]:
    """https://discord.com/developers/docs/interactions/application-commands#slash-commands"""
    name, described = f"/{command.get('name')}", bool(command.get("description"))
    if command.get("type", CHAT_INPUT) in (CHAT_INPUT, None):
        yield from _option_limits(name, command)
        if not described:
            yield f"{name}: a slash command has a description"
        if (size := _command_size(command)) > 8000:
            yield f"{name}: {size} characters of names, descriptions and values in all; at most 8000"
    elif described or command.get("options"):
        yield f"{name}: a context menu command has no description and no options"


def _option_limits(place: str, owner: Mapping[str, Any]) -> Iterator[str]:
    """Differences of a slash command or option and of the options below it."""
    for name in _localized(owner, "name"):
        if (name and not COMMAND_NAME.fullmatch(name)) or name != name.lower():
            yield f"{place}: {_short(name)} has other characters than lowercase letters, digits, - _ '"
    options = _objects(owner.get("options"))
    yield from _repeated(f"{place}: option", [option.get("name") for option in options])
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        yield f"{place}: required options come first"
    kinds = {option.get("type") in (SUBCOMMAND, SUBCOMMAND_GROUP) for option in options}
    if len(kinds) > 1:
        yield f"{place}: subcommands and options do not mix"
    for option in options:
        below = f"{place} {option.get('name')}"
        choices = _objects(option.get("choices"))
        if choices and option.get("autocomplete"):
            yield f"{below}: choices and autocomplete exclude each other"
        yield from _repeated(f"{below}: choice", [choice.get("name") for choice in choices])
        yield from _choice_limits(f"{below}: choices", choices)
        yield from _option_limits(below, option)


def _command_size(owner: Mapping[str, Any]) -> int:
    """Characters as Discord adds them up: of each name and description the longest translation, and string values."""
    longest = sum(max(map(_units, _localized(owner, key)), default=0) for key in ("name", "description"))
    value = owner.get("value")
    below = chain(_objects(owner.get("options")), _objects(owner.get("choices")))
    return longest + (_units(value) if isinstance(value, str) else 0) + sum(map(_command_size, below))


def _file_limits(file_sizes: Mapping[str, int]) -> Iterator[str]:
    """https://discord.com/developers/docs/reference#uploading-files"""
    for name, size in file_sizes.items():
        if size > 10 * MEBIBYTE:
            yield f"file {_short(name)}: {size} bytes; at most 10 MiB"
    if len(file_sizes) > 10:
        yield f"{len(file_sizes)} files; at most 10"
    if sum(file_sizes.values()) > 25 * MEBIBYTE:
        yield f"{sum(file_sizes.values())} bytes in a request; at most 25 MiB"


def _nested(place: str, components: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every component with its place, parents first."""
    for index, component in enumerate(_objects(components)):
        where = f"{place}[{index}]"
        yield where, component
        yield from _nested(f"{where}.components", component.get("components"))
        for key in ("accessory", "component"):
            if isinstance(component.get(key), dict):
                yield f"{where}.{key}", component[key]


def _localized(owner: Mapping[str, Any], key: str) -> list[str]:
    """A text and its translations."""
    texts = (owner.get(key), *_object(owner.get(f"{key}_localizations")).values())
    return [text for text in texts if isinstance(text, str)]


def _repeated(what: str, values: Sequence[Any]) -> Iterator[str]:
    for value, times in Counter(map(str, values)).items():
        if times > 1:
            yield f"{what} {_short(value)} stands {times} times"


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _number(value: Any, default: int = 0) -> int:
    return value if isinstance(value, int) else default


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _counts(text: str) -> str:
    return f"{len(text)} characters ({_units(text)} in UTF-16)"


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:40]}…{shown[-16:]}"


def _place(path: Sequence[str | int]) -> str:
    words = (f"[{word}]" if isinstance(word, int) else f".{word}" for word in path)
    return "".join(words).removeprefix(".") or "the body"


def _fact(error: ValidationError) -> str:
    """jsonschema's own sentence, unless it repeats a long payload."""
    message = str(error.message)
    whole = repr(error.instance)
    return message.replace(whole, _short(error.instance)) if len(whole) > 60 else message
