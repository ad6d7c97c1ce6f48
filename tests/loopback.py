"""A small Discord on 127.0.0.1, so that the real program can be tested over real HTTP and a real WebSocket.

    async with LoopbackDiscord() as discord:
        bot = await discord.launch("bot", "run")
        await discord.ready()
        reply = await discord.slash("ask", {"question": "Who?"}, user="alice")
        assert reply.seconds < 3 and not reply.ephemeral

It knows one guild with one channel, unless a test adds others. It keeps Discord's rules for interactions (3 seconds, one acknowledgement) and for
gateway sessions, checks no payload (`payloads.py` does) and limits no rate. Faults come on demand.
"""

import asyncio
import contextlib
import json
import os
import re
import socket
import struct
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Any, Self, TypedDict, Unpack

from aiohttp import web
from coverage import Coverage

from tests import loopback_objects as objects
from tests.loopback_gateway import Gateway
from tests.loopback_objects import APPLICATION, EPHEMERAL, GUILD, LOADING, MEMBER, MODERATOR, Json, snowflake, walk

__all__ = ["MEMBER", "MODERATOR", "LoopbackDiscord", "NotAcknowledged", "NotConnected", "Program", "Reply", "Request"]

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
ACCEPTED = "loopback.token"
LAUNCHER = Path(__file__).with_name("loopback_launcher.py")

Answer = tuple[int, Any]  # HTTP status and JSON body; None: no body


class NotConnected(Exception):
    """No bot has identified yet, or its session has ended."""


class NotAcknowledged(Exception):
    """The bot did not answer an interaction in the time given."""


class Refusal(Exception):
    """An error as Discord's HTTP API answers it."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.answer = status, {"code": code, "message": message}


class Sender(TypedDict, total=False):
    """Who acts, and how long to wait for the bot's answer."""

    user: str  # a name; equal names are the same person
    permissions: int
    guild: str | None  # None: a direct message
    locale: str
    seconds: float


@dataclass
class Request:
    """One HTTP request of the bot."""

    method: str
    path: str  # below /api/v10
    query: Mapping[str, str]
    json: Any
    files: dict[str, bytes]
    token: str | None
    received: float  # time.monotonic()
    status: int = 0  # as answered; 0 while open or when reset


@dataclass
class Reply:
    """What the bot made of one interaction; it grows with later edits and follow-ups."""

    id: str
    token: str
    user: Json
    sent: float  # time.monotonic()
    message: Json | None = None  # the original response as it stands; for an update, the message that was clicked
    callback: Json = field(default_factory=dict)  # as sent
    seconds: float = float("inf")  # from the interaction to its acknowledgement
    edits: list[Json] = field(default_factory=list)  # of the original response, as sent
    follow_ups: list[Json] = field(default_factory=list)  # as sent
    files: dict[str, bytes] = field(default_factory=dict)  # from callback, edits and follow-ups
    messages: dict[str, Json] = field(default_factory=dict)  # follow-ups as they stand
    deleted: bool = False
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ephemeral(self) -> bool:
        """Whether the first reply was for the asker alone."""
        return bool((self.callback.get("data") or {}).get("flags", 0) & EPHEMERAL)

    @property
    def text(self) -> str:
        """All words of the original response as it stands, content and text displays, a line each."""
        message = self.message or {}
        shown = [message.get("content"), *(part.get("content") for part in walk(message.get("components", [])))]
        return "\n".join(text for text in shown if text)


@dataclass
class Fault:
    """What goes wrong with the next *times* requests whose `METHOD /path` matches the pattern."""

    pattern: str
    times: int
    error: Answer | None
    headers: Mapping[str, str]
    hang: float
    reset: bool
    carried_out: bool


@dataclass
class Program:
    """A program under test, running as a subprocess."""

    process: asyncio.subprocess.Process
    log: IO[bytes]

    @property
    def output(self) -> str:
        """What it has written so far, to stdout and stderr, as far as that is in a file."""
        if not self.log.seekable():
            return ""
        return os.pread(self.log.fileno(), os.fstat(self.log.fileno()).st_size, 0).decode(errors="replace")

    async def ended(self, seconds: float = 10) -> int:
        """Its exit status, negative for a signal.

        Raises:
            TimeoutError: It still runs.
        """
        return await asyncio.wait_for(self.process.wait(), seconds)

    async def stop(self, signal: int = 15, seconds: float = 10) -> int:
        """Its exit status after a signal."""
        self.process.send_signal(signal)
        return await self.ended(seconds)


@contextmanager
def full_pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Both ends of a pipe, for reading and for writing, that has no room."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as reader, os.fdopen(writing, "wb", buffering=0) as writer:
        os.set_blocking(writing, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writing, b"." * 4096)
        os.set_blocking(writing, True)
        yield reader, writer


class LoopbackDiscord:
    """The server; it listens as long as the `async with` lasts, and what it launched is killed at the end.

    Attributes:
        url: `http://127.0.0.1:PORT`.
        gateway: Counts of IDENTIFY and RESUME, close codes, and faults of the WebSocket.
        requests: Every HTTP request, in order of arrival.
        commands: The global commands as registered, each with its id; `guild_commands` by guild id.
        posts: The messages that the bot wrote into channels.
        programs: What was launched.
        endpoint: The Interactions Endpoint URL of the application, if it has one.
    """

    def __init__(self, token: str = ACCEPTED, heartbeat_seconds: float = 41.25) -> None:
        self.token = token
        self.url = ""
        self.gateway = Gateway(token, heartbeat_seconds)
        self.requests: list[Request] = []
        self.commands: list[Json] = []
        self.guild_commands: dict[str, list[Json]] = {}
        self.posts: list[Json] = []
        self.programs: list[Program] = []
        self.endpoint: str | None = None
        self._users: dict[str, Json] = {}
        self._replies: dict[str, Reply] = {}  # by interaction token
        self._faults: list[Fault] = []
        application = web.Application(client_max_size=25 << 20)
        application.router.add_get("/gateway", self.gateway.serve)
        application.router.add_route("*", "/api/v10/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        self._site: web.TCPSite | None = None

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await self._listen(0)
        host, port = self._runner.addresses[0]
        self.url, self.gateway.url = f"http://{host}:{port}", f"ws://{host}:{port}/gateway"
        return self

    async def __aexit__(self, *exception: object) -> None:
        for program in self.programs:
            if program.process.returncode is None and Coverage.current() is not None:
                # One that is killed could not tell what it ran.
                with contextlib.suppress(TimeoutError):
                    await program.stop(seconds=30)
            if program.process.returncode is None:
                program.process.kill()
                await program.process.wait()
            program.log.close()
        self._cut()
        await self._runner.cleanup()

    # The program under test

    async def launch(
        self,
        module: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        log: IO[bytes] | None = None,
    ) -> Program:
        """`python -m module arguments…` (a name in `.py` is run as a file), started in *folder* and pointed here.

        `DISCORD_TOKEN` is the right one unless *environment* says otherwise. What it writes goes to *log*.
        """
        log = log or tempfile.TemporaryFile()  # noqa: SIM115 # a pipe that nobody reads would block the program
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(LAUNCHER), self.url, module, *arguments),
            cwd=folder,
            env={**os.environ, "DISCORD_TOKEN": self.token, **(environment or {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        self.programs.append(Program(process, log))
        return self.programs[-1]

    async def ready(self, seconds: float = 20) -> None:
        """Once a bot has identified and was sent its guild. Its own `on_ready` comes 2 seconds later.

        Raises:
            NotConnected: Every launched program has ended instead; with the output of the last one.
            TimeoutError: Neither happened in time.
        """

        def ended() -> bool:
            return bool(self.programs) and all(one.process.returncode is not None for one in self.programs)

        await self.until(lambda: self.gateway.sessions or ended(), seconds)
        if not self.gateway.sessions:
            raise NotConnected(self.programs[-1].output)

    async def until(self, true: Callable[[], object], seconds: float = 10) -> None:
        """Once the condition holds.

        Raises:
            TimeoutError: It did not hold in time.
        """
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 # any condition, not one event
                await asyncio.sleep(0.005)

    def forget(self) -> None:
        """Drop recorded requests, replies and pending faults: a long run would fill the memory with them."""
        self.requests.clear()
        self.posts.clear()
        self._replies.clear()
        self._faults.clear()

    # What people do

    async def slash(self, name: str, options: Mapping[str, object] | None = None, **sender: Unpack[Sender]) -> Reply:
        """The reply to a command; a subcommand is named with a space: `index status`.

        Raises:
            NotConnected: There is no bot, or none that hears of the guild.
            NotAcknowledged: No callback was accepted in time; 5 seconds unless *seconds* says otherwise.
        """
        return await self._act(COMMAND, self._command(name, options or {}), sender)

    async def autocomplete(
        self, name: str, option: str, typed: str, filled: Mapping[str, object] | None = None, **sender: Unpack[Sender]
    ) -> list[Json]:
        """The choices offered while *typed* stands in the option."""
        content = self._command(name, {**(filled or {}), option: typed}, focused=option)
        reply = await self._act(AUTOCOMPLETE, content, sender)
        choices: list[Json] = reply.callback["data"]["choices"]
        return choices

    async def click(self, message: Reply | Json, custom_id: str, **sender: Unpack[Sender]) -> Reply:
        """The reply to a press of a button.

        Raises:
            LookupError: The message as it stands has no such button that can be pressed.
        """
        return await self._component(message, custom_id, {}, sender)

    async def choose(
        self, message: Reply | Json, custom_id: str, values: Sequence[str], **sender: Unpack[Sender]
    ) -> Reply:
        """The reply to a choice in a string select."""
        return await self._component(message, custom_id, {"values": list(values)}, sender)

    async def say(self, text: str, *, user: str = "alice", guild: str | None = GUILD) -> None:
        """Write a message for all to read, or to the bot alone; what the bot answers is among `posts`.

        Discord shows a bot the words only where it is mentioned, as `<@APPLICATION>`, or written to.
        """
        author = self._users.setdefault(user, objects.user(user, snowflake()))
        message = objects.message(snowflake(), author, {}, {}, self.url)
        for key in ("interaction_metadata", "webhook_id", "application_id"):
            del message[key]
        mentions = [objects.bot_user()] if f"<@{APPLICATION}>" in text else []
        message |= {"type": 0, "author": author, "content": text, "mentions": mentions}
        if guild is None:
            message |= {"channel_id": author["id"], "channel_type": 1}
        else:
            message |= {"guild_id": guild, "member": objects.member(author)}
        await self.gateway.dispatch("MESSAGE_CREATE", message)

    async def press(self, custom_id: str, *, values: Sequence[str] | None = None, **sender: Unpack[Sender]) -> Reply:
        """The reply to a press of a button, or with *values* to a choice, that no message of the bot's ever had."""
        kind = {"type": 2, "style": 2, "label": "Press"} if values is None else {"type": 3, "options": []}
        made = [{"type": objects.ACTION_ROW, "id": 1, "components": [{"id": 2, "custom_id": custom_id} | kind]}]
        message = objects.message(snowflake(), objects.bot_user(), {}, {}, self.url) | {"components": made}
        return await self._component(message, custom_id, {} if values is None else {"values": list(values)}, sender)

    async def send_form(self, custom_id: str, values: Mapping[str, str], **sender: Unpack[Sender]) -> Reply:
        """The reply to a filled form that the bot never showed."""
        fields = [{"type": 4, "id": 2, "custom_id": name, "value": value} for name, value in values.items()]
        lines = [{"type": objects.LABEL, "id": 1, "component": field} for field in fields]
        return await self._act(MODAL_SUBMIT, {"custom_id": custom_id, "components": lines, "resolved": {}}, sender)

    async def submit(self, modal: Reply, values: Mapping[str, object], **sender: Unpack[Sender]) -> Reply:
        """The reply to a filled modal; values by custom_id, a list for a select."""
        shown = modal.callback["data"]
        components = [objects.filled(component, values) for component in shown["components"]]
        content = {"custom_id": shown["custom_id"], "components": components, "resolved": {}}
        return await self._act(MODAL_SUBMIT, content, sender, modal.message)

    # What goes wrong; for the WebSocket see `gateway`

    def fault(
        self,
        pattern: str,
        *,
        times: int = 1,
        status: int | None = None,
        code: int = 0,
        retry_after: float = 0.5,
        via: bool = True,
        hang: float = 0,
        reset: bool = False,
        carried_out: bool = False,
    ) -> None:
        """Let the next requests fail that match a pattern such as `POST */callback` or `*/@original`.

        Args:
            pattern: In the manner of file names; `*` also stands for slashes.
            times: How many requests.
            status: Answer so; a 429 also has *retry_after*.
            code: Discord's error code in the body.
            retry_after: Seconds, for a 429.
            via: Whether a 429 has a `Via` header, as from Discord's proxies; discord.py waits and retries only then.
            hang: Seconds without an answer, before anything else.
            reset: Reset the TCP connection instead of answering.
            carried_out: Do what was asked all the same, and only then answer so or reset.
        """
        body, headers = {"code": code, "message": "A fault on demand"}, {}
        if status == 429:
            body |= {"retry_after": retry_after, "global": False}
            headers = {"Retry-After": str(retry_after), **({"Via": "1.1 google"} if via else {})}
        error = (status, body) if status else None
        self._faults.append(Fault(pattern, times, error, headers, hang, reset, carried_out))

    @asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """Refuse connections and cut the open ones for as long as the block lasts."""
        assert self._site is not None
        port = int(self.url.rpartition(":")[2])
        await self._site.stop()
        self._cut()
        try:
            yield
        finally:
            await self._listen(port)

    async def refuse_connections(self, seconds: float) -> None:
        """An outage of so many seconds; returns when it is over."""
        async with self.outage():
            await asyncio.sleep(seconds)

    # HTTP

    async def _listen(self, port: int) -> None:
        self._site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await self._site.start()

    def _cut(self) -> None:
        for connection in self._runner.server.connections if self._runner.server else ():
            if connection.transport is not None:
                connection.transport.abort()

    async def _serve(self, http: web.Request) -> web.Response:
        request = await _recorded(http)
        self.requests.append(request)
        fault = self._next_fault(f"{request.method} {request.path}")
        if fault is None:
            return _response(request, self._answer(request))
        await asyncio.sleep(fault.hang)
        failing = fault.reset or fault.error is not None
        answer = self._answer(request) if fault.carried_out or not failing else (0, None)
        if fault.reset:
            _reset(http)
            return web.Response()
        return _response(request, fault.error or answer, fault.headers)

    def _next_fault(self, request: str) -> Fault | None:
        for fault in self._faults:
            if fault.times > 0 and fnmatchcase(request, fault.pattern):
                fault.times -= 1
                return fault
        return None

    def _answer(self, request: Request) -> Answer:
        for method, pattern, answer in ROUTES:
            match = re.fullmatch(pattern, request.path) if method == request.method else None
            if match:
                needs_token = not request.path.startswith(("/interactions/", "/webhooks/"))
                if needs_token and request.token != f"Bot {self.token}":
                    return 401, {"code": 0, "message": "401: Unauthorized"}
                try:
                    return answer(self, request, *match.groups())
                except Refusal as refusal:
                    return refusal.answer
        return 404, {"code": 0, "message": "404: Not Found"}

    def _me(self, request: Request) -> Answer:
        return 200, objects.bot_user()

    def _application(self, request: Request) -> Answer:
        return 200, objects.application() | {"interactions_endpoint_url": self.endpoint}

    def _gateway_address(self, request: Request) -> Answer:
        left = 1000 - self.gateway.identifies
        limit = {"total": 1000, "remaining": left, "reset_after": 86_400_000, "max_concurrency": 1}
        return 200, {"url": self.gateway.url, "shards": self.gateway.recommended, "session_start_limit": limit}

    def _list_commands(self, request: Request, guild: str | None) -> Answer:
        return 200, self.guild_commands.get(guild, []) if guild else self.commands

    def _put_commands(self, request: Request, guild: str | None) -> Answer:
        _, before = self._list_commands(request, guild)
        known = {(command["name"], command["type"]): command["id"] for command in before}
        registered = [
            objects.registered_command(sent, known.get((sent["name"], sent.get("type") or 1)) or snowflake(), guild)
            for sent in request.json
        ]
        if guild:
            self.guild_commands[guild] = registered
        else:
            self.commands = registered
        return 200, registered

    def _callback(self, request: Request, interaction: str, token: str) -> Answer:
        reply = self._replies.get(token)
        if reply is None or reply.id != interaction or request.received - reply.sent > 3:
            raise Refusal(404, 10062, "Unknown interaction")
        if reply.callback:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        reply.callback, reply.seconds = request.json, request.received - reply.sent
        reply.files |= request.files
        kind, content = request.json["type"], request.json.get("data") or {}
        if kind in (4, 5):
            loading = {"flags": content.get("flags", 0) | (LOADING if kind == 5 else 0)}
            reply.message = objects.message(reply.id, reply.user, content | loading, request.files, self.url)
        elif kind == 7 and reply.message is not None:
            self._edit(reply.message, content, request.files)
        reply.acknowledged.set()
        if request.query.get("with_response") not in ("1", "true"):
            return 204, None
        about: Json = {"id": reply.id, "type": COMMAND, "response_message_loading": kind == 5}
        resource: Json = {"type": kind}
        if kind in (4, 5, 7) and reply.message is not None:
            about |= {"response_message_id": reply.message["id"], "response_message_ephemeral": reply.ephemeral}
            resource["message"] = reply.message
        return 200, {"interaction": about, "resource": resource}

    def _post(self, request: Request, channel: str) -> Answer:
        message = objects.message(snowflake(), objects.bot_user(), request.json, request.files, self.url)
        message |= {"channel_id": channel, "type": 19}
        self.posts.append(message)
        return 200, message

    def _follow_up(self, request: Request, token: str) -> Answer:
        reply = self._acknowledged(token)
        reply.follow_ups.append(request.json)
        reply.files |= request.files
        message = objects.message(reply.id, reply.user, request.json, request.files, self.url)
        reply.messages[message["id"]] = message
        return 200, message

    def _get_message(self, request: Request, token: str, number: str) -> Answer:
        return 200, self._shown(token, number)

    def _edit_message(self, request: Request, token: str, number: str) -> Answer:
        reply, message = self._acknowledged(token), self._shown(token, number)
        if number == "@original":
            reply.edits.append(request.json)
        reply.files |= request.files
        self._edit(message, request.json, request.files)
        return 200, message

    def _delete_message(self, request: Request, token: str, number: str) -> Answer:
        reply, _ = self._acknowledged(token), self._shown(token, number)
        if number == "@original":
            reply.message, reply.deleted = None, True
        else:
            del reply.messages[number]
        return 204, None

    def _edit(self, message: Json, sent: Json, files: Mapping[str, bytes]) -> None:
        objects.write(message, sent, files, self.url)
        message["edited_timestamp"] = objects.now()
        message["flags"] &= ~LOADING

    def _acknowledged(self, token: str) -> Reply:
        reply = self._replies.get(token)
        if reply is None or not reply.callback:
            raise Refusal(404, 10015, "Unknown Webhook")
        return reply

    def _shown(self, token: str, number: str) -> Json:
        reply = self._acknowledged(token)
        message = reply.message if number == "@original" else reply.messages.get(number)
        if message is None:
            raise Refusal(404, 10008, "Unknown Message")
        return message

    # Interactions

    async def _act(self, kind: int, content: Json, sender: Sender, message: Json | None = None) -> Reply:
        if not self.gateway.hearing(sender.get("guild", GUILD)):
            raise NotConnected
        name = sender.get("user", "alice")
        user = self._users.setdefault(name, objects.user(name, snowflake()))
        number = snowflake()
        reply = Reply(number, f"token-{number}", user, time.monotonic(), message)
        self._replies[reply.token] = reply
        interaction = {
            **{"id": number, "token": reply.token, "application_id": APPLICATION, "version": 1},
            **{"type": kind, "data": content, "locale": sender.get("locale", "en-US"), "entitlements": []},
            **{"app_permissions": str(MEMBER), "attachment_size_limit": 10 << 20},
            **_place(user, sender.get("guild", GUILD), sender.get("permissions", MEMBER)),
            **({"message": message} if message else {}),
        }
        await self.gateway.dispatch("INTERACTION_CREATE", interaction)
        try:
            await asyncio.wait_for(reply.acknowledged.wait(), sender.get("seconds", 5))
        except TimeoutError as error:
            raise NotAcknowledged(f"{content.get('name') or content.get('custom_id')} by {name}") from error
        return reply

    async def _component(self, message: Reply | Json, custom_id: str, chosen: Json, sender: Sender) -> Reply:
        shown = (message.message or {}) if isinstance(message, Reply) else message
        for component in walk(shown.get("components", [])):
            if component.get("custom_id") == custom_id and not component.get("disabled"):
                content = {"component_type": component["type"], "custom_id": custom_id, "id": component["id"]}
                return await self._act(COMPONENT, content | chosen, sender, shown)
        raise LookupError(f"the message has no enabled component {custom_id!r}")

    def _command(self, words: str, options: Mapping[str, object], focused: str | None = None) -> Json:
        name, *subcommands = words.split()
        number = next((command["id"] for command in self.commands if command["name"] == name), "1")
        given = objects.given_options(subcommands, options, focused)
        return {"id": number, "name": name, "type": 1, "options": given}


ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", "/users/@me", LoopbackDiscord._me),
    ("GET", "(?:/oauth2)?/applications/@me", LoopbackDiscord._application),
    ("GET", "/gateway(?:/bot)?", LoopbackDiscord._gateway_address),
    ("GET", "/applications/[0-9]+(?:/guilds/([0-9]+))?/commands", LoopbackDiscord._list_commands),
    ("PUT", "/applications/[0-9]+(?:/guilds/([0-9]+))?/commands", LoopbackDiscord._put_commands),
    ("POST", "/interactions/([0-9]+)/([^/]+)/callback", LoopbackDiscord._callback),
    ("POST", "/channels/([0-9]+)/messages", LoopbackDiscord._post),
    ("POST", "/webhooks/[0-9]+/([^/]+)", LoopbackDiscord._follow_up),
    ("GET", "/webhooks/[0-9]+/([^/]+)/messages/([^/]+)", LoopbackDiscord._get_message),
    ("PATCH", "/webhooks/[0-9]+/([^/]+)/messages/([^/]+)", LoopbackDiscord._edit_message),
    ("DELETE", "/webhooks/[0-9]+/([^/]+)/messages/([^/]+)", LoopbackDiscord._delete_message),
]


def _place(user: Json, guild: str | None, permissions: int) -> Json:
    """Where an interaction happens and as whom: a member in a guild, a user in a direct message."""
    if guild is None:
        channel = objects.direct_channel(user)
        return {"user": user, "context": 1, "channel": channel, "channel_id": channel["id"]}
    channel = objects.channel() | {"guild_id": guild}
    member = objects.member(user) | {"permissions": str(permissions)}
    about = {"guild_id": guild, "guild": {"id": guild, "locale": "en-US", "features": []}, "guild_locale": "en-US"}
    owners = {"authorizing_integration_owners": {"0": guild}, "context": 0}
    return {"member": member, "channel": channel, "channel_id": channel["id"], **about, **owners}


async def _recorded(http: web.Request) -> Request:
    """The request, decoded: of a multipart body its `payload_json`, and the files by their names."""
    body: Any = None
    files: dict[str, bytes] = {}
    if http.content_type == "multipart/form-data":
        for part in (await http.post()).values():
            if isinstance(part, web.FileField):
                files[part.filename] = part.file.read()
            else:
                body = json.loads(part)
    elif http.can_read_body:
        body = await http.json()
    path, token = "/" + http.match_info["path"], http.headers.get("Authorization")
    return Request(http.method, path, dict(http.query), body, files, token, time.monotonic())


def _response(request: Request, answer: Answer, headers: Mapping[str, str] | None = None) -> web.Response:
    request.status, body = answer
    if body is None:
        return web.Response(status=request.status, headers=headers)
    # discord.py decodes a body only if its type is exactly this, without a charset.
    content = json.dumps(body).encode()
    return web.Response(body=content, status=request.status, headers=headers, content_type="application/json")


def _reset(http: web.Request) -> None:
    """End the connection with RST: a close without lingering sends one."""
    if http.transport is not None:
        http.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        http.transport.abort()
