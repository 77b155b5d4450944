import { silentLogger } from "@oriel/contracts";
import type { Engine } from "@oriel/engine";
import { buildGateway, type Listening, listen } from "@oriel/gateway";

/** Serves an engine to docker, on a socket and on a port of this machine. */
export async function serve(engine: Engine, socket: string): Promise<Listening> {
  const gateway = await buildGateway({ engine, logger: silentLogger, version: "0.1.0" });
  return await listen(gateway, [`unix://${socket}`, "tcp://127.0.0.1:0"]);
}
