// Node with ws: an update is encoded once and sent to each who watches.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { GREETING, REFUSAL, asked, message, port, produce } from "../messages.mjs";

const watching = new Set();
let newest = Buffer.from(message("price_update", 0));

const server = createServer((request, response) => response.writeHead(404).end());
const sockets = new WebSocketServer({ server, path: "/ws/portfolio/", perMessageDeflate: false });
sockets.on("connection", (socket) => {
  socket.send(GREETING);
  socket.on("message", (text) => {
    const type = asked(text.toString());
    if (type === "get_portfolio_data") socket.send(message("portfolio_data", 0));
    else if (type === "start_updates") {
      socket.send(newest, { binary: false });
      watching.add(socket);
    } else if (type === "stop_updates") watching.delete(socket);
    else socket.send(REFUSAL);
  });
  socket.on("error", () => {});
  socket.on("close", () => watching.delete(socket));
});
server.listen({ host: "127.0.0.1", port, backlog: 4096 });

produce((update) => {
  newest = Buffer.from(update);
  for (const socket of watching) socket.send(newest, { binary: false });
});
