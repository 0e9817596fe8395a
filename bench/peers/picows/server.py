"""picows and uvloop: one producer, an update encoded once and sent to each who watches."""

import asyncio
import pathlib
import sys

import uvloop
from picows import WSListener, WSMsgType, ws_create_server

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from messages import GREETING, INTERVAL, PORT, REFUSAL, asked, message, raise_limit  # noqa: E402

watching = set()
newest = message("price_update", 0).encode()


class Viewer(WSListener):
    def on_ws_connected(self, transport):
        transport.send(WSMsgType.TEXT, GREETING.encode())

    def on_ws_disconnected(self, transport):
        watching.discard(transport)

    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
            return
        if frame.msg_type != WSMsgType.TEXT:
            return
        kind = asked(frame.get_payload_as_utf8_text())
        if kind == "get_portfolio_data":
            transport.send(WSMsgType.TEXT, message("portfolio_data", 0).encode())
        elif kind == "start_updates":
            transport.send(WSMsgType.TEXT, newest)
            watching.add(transport)
        elif kind == "stop_updates":
            watching.discard(transport)
        else:
            transport.send(WSMsgType.TEXT, REFUSAL.encode())


async def main():
    global newest
    raise_limit()
    server = await ws_create_server(lambda request: Viewer(), "127.0.0.1", PORT, backlog=4096)
    async with server:
        loop = asyncio.get_running_loop()
        seq, due = 0, loop.time()
        while True:
            seq, due = seq + 1, due + INTERVAL
            newest = message("price_update", seq).encode()
            for transport in watching:
                transport.send(WSMsgType.TEXT, newest)
            await asyncio.sleep(max(0, due - loop.time()))


uvloop.run(main())
