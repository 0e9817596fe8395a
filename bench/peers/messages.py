"""What the Python servers say: the messages of the protocol, with made-up prices."""

import json
import os
import pathlib
import random
import resource
from datetime import datetime, timezone

HOLDINGS = json.loads((pathlib.Path(__file__).parent / "sample.json").read_text())
INTERVAL = int(os.environ.get("INTERVAL_MS", "1000")) / 1000
PORT = int(os.environ.get("PORT", "8000"))


def encode(message):
    return json.dumps(message, separators=(",", ":"))


GREETING = encode({"type": "connection_established", "data": {"protocol": 1, "authenticated": False}})
REFUSAL = encode({"type": "error", "code": "unknown_type", "message": "Unknown or malformed message"})


def message(kind, seq):
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    total = gained = 0.0
    rows = []
    for holding in HOLDINGS:
        percent = random.uniform(-2, 2)
        price = round(holding["price"] * (1 + percent / 100), 2)
        quantity = holding["quantity"]
        total += price * quantity
        gained += (price - holding["price"]) * quantity
        rows.append(
            {
                "symbol": holding["symbol"], "name": holding["name"], "current_price": price,
                "change": round(price - holding["price"], 2), "change_percent": round(percent, 2), "quantity": quantity,
                "value": round(price * quantity, 2), "currency": "USD", "quoted_at": now, "source": "simulated",
                "received_at": now, "market_state": "open",
            }
        )
    data = {
        "portfolio_id": "sample", "portfolio_name": "Sample Portfolio", "base_currency": "USD", "total_value": round(total, 2),
        "total_change": round(gained, 2), "total_change_percent": round(gained / (total - gained) * 100, 2), "investments": rows,
    }
    return encode({"type": kind, "seq": seq, "timestamp": now, "data": data})


def asked(text):
    try:
        return json.loads(text)["type"]
    except (KeyError, TypeError, ValueError):
        return None


def raise_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
