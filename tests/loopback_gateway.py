"""The gateway of the loopback Discord: connections, the sessions that outlive them, and what can go wrong with both."""

from collections import deque
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, WSMsgType, web

from tests.loopback_objects import APPLICATION, GUILD, Json, bot_user, guild, snowflake

PRIVILEGED_INTENTS = 1 << 1 | 1 << 8 | 1 << 15
# https://discord.com/developers/docs/topics/opcodes-and-status-codes: after these a RESUME fails.
ENDING_CODES = {4003, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014}


@dataclass
class Session:
    """A bot's session; while its connection is down, events are kept for RESUME."""

    id: str
    socket: web.WebSocketResponse | None
    shard: int
    shards: int
    sequence: int = 0
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=1000))

    def hears(self, guild: str | None) -> bool:
        """Whether it is told what happens in a guild or, without one, in direct messages.

        https://discord.com/developers/docs/events/gateway#sharding
        """
        return (int(guild or 0) >> 22) % self.shards == self.shard

    async def dispatch(self, event: str, content: Json) -> None:
        self.sequence += 1
        payload = {"op": 0, "t": event, "s": self.sequence, "d": content}
        self.sent.append(payload)
        await self.send(payload)

    async def send(self, payload: Json) -> None:
        if self.socket is not None and not self.socket.closed:
            try:
                await self.socket.send_json(payload)
            except ConnectionError:
                self.socket = None


class Gateway:
    """All connections of a server.

    Attributes:
        url: Where to connect, set once the server listens.
        guilds: The ids of those that the bot is in.
        recommended: How many shards a bot is told to have.
        identifies, resumes, heartbeats: How many came so far.
        closes: The codes with which clients closed; 1006 where a connection just ended.
        sessions: Those that can be resumed or are connected.
    """

    def __init__(self, token: str, heartbeat_seconds: float) -> None:
        self.url = ""
        self.guilds = [GUILD]
        self.recommended = 1
        self.identifies = self.resumes = self.heartbeats = 0
        self.closes: list[int] = []
        self.sessions: dict[str, Session] = {}
        self._token = token
        self._heartbeat_seconds = heartbeat_seconds
        self._refusals: list[int] = []

    async def close(self, code: int) -> None:
        """Close each connection; the session ends too, if Discord ends it for this code."""
        for session in list(self.sessions.values()):
            if code in ENDING_CODES:
                del self.sessions[session.id]
            if session.socket is not None:
                connection, session.socket = session.socket, None
                await connection.close(code=code)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Send INVALID_SESSION; the sessions end unless they are resumable."""
        for session in list(self.sessions.values()):
            if not resumable:
                del self.sessions[session.id]
            await session.send({"op": 9, "d": resumable})

    def refuse(self, code: int, times: int = 1) -> None:
        """Answer the next IDENTIFYs by closing with this code, for example 4014."""
        self._refusals.extend([code] * times)

    async def dispatch(self, event: str, content: Json) -> None:
        """Send an event to every session that hears of its guild, as Discord does when a bot runs twice."""
        for session in self.hearing(content.get("guild_id")):
            await session.dispatch(event, content)

    def hearing(self, guild: str | None) -> list[Session]:
        """The sessions that hear of a guild, or of direct messages."""
        return [session for session in self.sessions.values() if session.hears(guild)]

    async def serve(self, http: web.Request) -> web.WebSocketResponse:
        """One connection. All frames are text: discord.py decompresses only binary ones, whatever it asked for."""
        connection = web.WebSocketResponse(timeout=1, compress=False)
        await connection.prepare(http)
        session: Session | None = None
        await connection.send_json({"op": 10, "d": {"heartbeat_interval": int(self._heartbeat_seconds * 1000)}})
        while (message := await connection.receive()).type is WSMsgType.TEXT:
            payload = message.json()
            match payload["op"]:
                case 1:
                    self.heartbeats += 1
                    await connection.send_json({"op": 11})
                case 2:
                    session = await self._identify(connection, payload["d"])
                case 6:
                    session = await self._resume(connection, payload["d"])
        closed_by_client = message.type is WSMsgType.CLOSE
        if closed_by_client or connection.close_code == WSCloseCode.ABNORMAL_CLOSURE:
            self.closes.append(int(message.data) if closed_by_client else 1006)
        if session is not None and session.socket is connection:
            session.socket = None
            if closed_by_client and message.data in (1000, 1001):
                self.sessions.pop(session.id, None)
        return connection

    async def _identify(self, connection: web.WebSocketResponse, asked: Json) -> Session | None:
        self.identifies += 1
        refusal = self._refusals.pop(0) if self._refusals else None
        if asked["token"] != self._token:
            refusal = 4004
        elif asked["intents"] & PRIVILEGED_INTENTS:
            refusal = 4014
        if refusal:
            await connection.close(code=refusal)
            return None
        shard, shards = asked.get("shard", (0, 1))
        session = Session(snowflake(), connection, shard, shards)
        guilds = [number for number in self.guilds if session.hears(number)]
        ready = {
            "v": 10,
            "user": bot_user(),
            "guilds": [{"id": number, "unavailable": True} for number in guilds],
            "shard": [shard, shards],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": APPLICATION, "flags": 0},
        }
        await session.dispatch("READY", ready)
        for number in guilds:
            await session.dispatch("GUILD_CREATE", guild(number))
        self.sessions[session.id] = session
        return session

    async def _resume(self, connection: web.WebSocketResponse, asked: Json) -> Session | None:
        self.resumes += 1
        session = self.sessions.get(asked["session_id"])
        if session is None or asked["token"] != self._token:
            await connection.send_json({"op": 9, "d": False})
            return None
        session.socket = connection
        for missed in [payload for payload in session.sent if payload["s"] > asked["seq"]]:
            await session.send(missed)
        await session.dispatch("RESUMED", {})
        return session
