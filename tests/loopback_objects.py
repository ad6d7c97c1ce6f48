"""The objects that the loopback Discord hands out: as few fields as discord.py reads, in Discord's form."""

import json
import time
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

Json = dict[str, Any]

APPLICATION = "200000000000000001"
GUILD = "200000000000000002"
CHANNEL = "200000000000000003"
OWNER = "200000000000000004"
# In the other of two shards.
OTHER_GUILD = "200000000004194306"
# See channels and history, send messages, links and files, use commands; a moderator manages the server as well.
MEMBER = 1 << 10 | 1 << 16 | 1 << 11 | 1 << 14 | 1 << 15 | 1 << 31
MODERATOR = MEMBER | 1 << 5
EPHEMERAL, LOADING = 1 << 6, 1 << 7
LABEL, ACTION_ROW = 18, 1

_numbers = count()


def snowflake() -> str:
    """A new id with the time in it: discord.py reads from it when an interaction was made."""
    milliseconds = int(time.time() * 1000) - 1_420_070_400_000
    return str(milliseconds << 22 | next(_numbers) & 0x3FFFFF)


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())


def user(name: str, number: str) -> Json:
    about = {"username": name, "global_name": name.title(), "discriminator": "0", "avatar": None}
    return {"id": number, **about}


def bot_user() -> Json:
    return user("quoth", APPLICATION) | {"bot": True, "flags": 0, "verified": True, "mfa_enabled": True}


def application() -> Json:
    about = {"name": "Quoth", "description": "", "icon": None, "verify_key": "0" * 64, "flags": 0, "team": None}
    rights = {"bot_public": True, "bot_require_code_grant": False}
    return {"id": APPLICATION, "owner": user("owner", OWNER), **about, **rights}


def member(person: Json) -> Json:
    about: Json = {
        "roles": [],
        "nick": None,
        "avatar": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    return {"user": person, "joined_at": "2026-01-01T00:00:00+00:00", **about}


def channel() -> Json:
    about: Json = {
        "topic": None,
        "nsfw": False,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "permission_overwrites": [],
    }
    return {"id": CHANNEL, "type": 0, "name": "general", "position": 0, "flags": 0, **about}


def direct_channel(person: Json) -> Json:
    return {"id": person["id"], "type": 1, "recipients": [person]}


def guild(number: str) -> Json:
    about = {"name": "Library", "owner_id": OWNER, "preferred_locale": "en-US", "member_count": 2, "large": False}
    everyone = {"id": number, "name": "@everyone", "permissions": str(MEMBER), "color": 0, "position": 0, "flags": 0}
    everyone |= {"hoist": False, "managed": False, "mentionable": False}
    lists = ("emojis", "features", "threads", "presences", "voice_states", "stage_instances", "stickers")
    zeros = (
        "verification_level",
        "default_message_notifications",
        "explicit_content_filter",
        "mfa_level",
        "nsfw_level",
    )
    more_zeros = ("afk_timeout", "premium_tier", "system_channel_flags")
    return {
        "id": number,
        **about,
        "roles": [everyone],
        "channels": [channel()],
        "members": [member(bot_user())],
        **{name: [] for name in lists},
        **dict.fromkeys(zeros + more_zeros, 0),
    }


def registered_command(sent: Json, number: str, guild_id: str | None) -> Json:
    """A command as Discord lists it; it takes permissions as a number and gives them as a string."""
    permissions = sent.get("default_member_permissions")
    about = {"id": number, "version": number, "application_id": APPLICATION, "type": sent.get("type") or 1}
    about |= {"guild_id": guild_id} if guild_id else {}
    return {"description": "", **sent, **about, "default_member_permissions": permissions and str(permissions)}


def message(interaction: str, author: Json, sent: Json, files: Mapping[str, bytes], server: str) -> Json:
    """The message that an interaction's reply or follow-up makes."""
    empty: Json = {
        "content": "",
        "embeds": [],
        "attachments": [],
        "components": [],
        "mentions": [],
        "mention_roles": [],
    }
    made: Json = {
        "id": snowflake(),
        "channel_id": CHANNEL,
        "type": 20,
        "author": bot_user(),
        "application_id": APPLICATION,
        "webhook_id": APPLICATION,
        "timestamp": now(),
        "edited_timestamp": None,
        "interaction_metadata": {"id": interaction, "type": 2, "user": author},
        "flags": 0,
        **empty,
    }
    write(made, sent, files, server)
    return made


def write(made: Json, sent: Json, files: Mapping[str, bytes], server: str) -> None:
    """Put what was sent into a message as Discord shows it: with ids, addresses and sizes."""
    made |= {key: sent.get(key) or empty for key, empty in (("content", ""), ("embeds", [])) if key in sent}
    made["flags"] |= sent.get("flags") or 0
    if "attachments" in sent:
        kept = {attachment["id"]: attachment for attachment in made["attachments"]}
        listed = sent["attachments"] or []
        made["attachments"] = [kept.get(str(one["id"])) or _attachment(one, files, server) for one in listed]
    if "components" in sent:
        made["components"] = json.loads(json.dumps(sent["components"] or []))
        addresses = {f"attachment://{one['filename']}": one["url"] for one in made["attachments"]}
        for number, component in enumerate(walk(made["components"]), 1):
            component.setdefault("id", number)
            media = component.get("file") or component.get("media") or {}
            if media.get("url") in addresses:
                media["url"] = media["proxy_url"] = addresses[media["url"]]


def _attachment(sent: Json, files: Mapping[str, bytes], server: str) -> Json:
    name = str(sent.get("filename", ""))
    address = f"{server}/attachments/{name}"  # answers 404: nobody needs it yet
    about = {"id": snowflake(), "filename": name, "size": len(files.get(name, b""))}
    return about | {"url": address, "proxy_url": address, "description": sent.get("description")}


def walk(components: Sequence[Json]) -> list[Json]:
    """Every component, nested ones after their parents; items of a media gallery too."""
    found: list[Json] = []
    for component in components:
        below = [*component.get("components", []), *component.get("items", [])]
        below += [component[key] for key in ("accessory", "component") if component.get(key)]
        found += [component, *walk(below)]
    return found


def filled(component: Json, values: Mapping[str, object]) -> Json:
    """A modal's component as it comes back with what was entered."""
    same: Json = {key: component[key] for key in ("type", "id") if key in component}
    if component["type"] == LABEL:
        return same | {"component": filled(component["component"], values)}
    if component["type"] == ACTION_ROW:
        return same | {"components": [filled(one, values) for one in component["components"]]}
    if "custom_id" not in component:
        return same
    value = values.get(component["custom_id"], component.get("value") or "")
    return same | {"custom_id": component["custom_id"], "values" if isinstance(value, list) else "value": value}


def given_options(words: Sequence[str], options: Mapping[str, object], focused: str | None) -> list[Json]:
    """Options as they come with a command, below its subcommands, if any."""
    kinds: dict[type, int] = {str: 3, int: 4, bool: 5, float: 10}
    given: list[Json] = [
        {"name": key, "type": kinds[type(value)], "value": value} | ({"focused": True} if key == focused else {})
        for key, value in options.items()
    ]
    for depth, subcommand in enumerate(reversed(words)):
        given = [{"name": subcommand, "type": 1 if depth == 0 else 2, "options": given}]
    return given
