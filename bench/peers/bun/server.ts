// Bun's own server with its native publish: an update is encoded once a topic.
import { GREETING, REFUSAL, asked, message, port, produce } from "../messages.mjs";

const TOPIC = "sample";
let newest = message("price_update", 0);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port,
  fetch(request, server) {
    if (new URL(request.url).pathname === "/ws/portfolio/" && server.upgrade(request)) return;
    return new Response("not found", { status: 404 });
  },
  websocket: {
    idleTimeout: 0,
    open(socket) {
      socket.send(GREETING);
    },
    message(socket, text) {
      const type = asked(String(text));
      if (type === "get_portfolio_data") socket.send(message("portfolio_data", 0));
      else if (type === "start_updates") {
        socket.send(newest);
        socket.subscribe(TOPIC);
      } else if (type === "stop_updates") socket.unsubscribe(TOPIC);
      else socket.send(REFUSAL);
    },
  },
});

produce((update: string) => {
  newest = update;
  server.publish(TOPIC, update);
});
