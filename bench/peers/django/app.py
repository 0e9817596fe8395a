"""Django Channels: a consumer that makes and sends its own updates in a loop of its own."""

import asyncio
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.configure(SECRET_KEY="bench", ALLOWED_HOSTS=["127.0.0.1"], INSTALLED_APPS=["channels"], ROOT_URLCONF=__name__, USE_TZ=True)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.urls import path  # noqa: E402

from messages import GREETING, INTERVAL, REFUSAL, asked, message, raise_limit  # noqa: E402

raise_limit()
urlpatterns = []


class PortfolioConsumer(AsyncWebsocketConsumer):
    updates = None

    async def connect(self):
        await self.accept()
        await self.send(GREETING)

    async def disconnect(self, code):
        self.stop()

    async def receive(self, text_data=None, bytes_data=None):
        kind = asked(text_data)
        if kind == "get_portfolio_data":
            await self.send(message("portfolio_data", 0))
        elif kind == "start_updates":
            self.updates = self.updates or asyncio.create_task(self.update())
        elif kind == "stop_updates":
            self.stop()
        else:
            await self.send(REFUSAL)

    def stop(self):
        if self.updates:
            self.updates.cancel()
        self.updates = None

    async def update(self):
        seq = 0
        while True:
            seq += 1
            await self.send(message("price_update", seq))
            await asyncio.sleep(INTERVAL)


application = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": URLRouter([path("ws/portfolio/", PortfolioConsumer.as_asgi())])}
)
