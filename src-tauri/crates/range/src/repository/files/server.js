import { createServer } from "node:http";
import { price } from "./basket.js";
import { health, version } from "./status.js";

const routes = { "/healthz": health, "/version": version, "/work": price };

createServer(async (request, response) => {
  const route = routes[new URL(request.url, "http://checkout").pathname];
  const { status, body } = route ? await route(request) : { status: 404, body: { message: "no such path" } };
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}).listen(process.env.PORT ?? 8080);
