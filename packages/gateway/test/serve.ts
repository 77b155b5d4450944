import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { type Logger, silentLogger } from "@oriel/contracts";
import { FakeEngine } from "@oriel/engine-testkit";
import { buildGateway, type GatewayApp, type GatewayOptions, type Listening, listen } from "../src/index.ts";

export interface Served {
  readonly engine: FakeEngine;
  readonly app: GatewayApp;
  readonly listening: Listening;
  readonly socketPath: string;
  /** Sends a request as it is written, and hands out the connection. */
  connect(request: string): Socket;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A gateway over a fake engine, on a Unix socket in a folder of its own. */
export async function serve(logger: Logger = silentLogger, options: Pick<GatewayOptions, "bodyTimeout"> = {}): Promise<Served> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-gateway-"));
  const socketPath = path.join(folder, "x.sock");
  const engine = new FakeEngine();
  const app = await buildGateway({ engine, logger, version: "1.2.3", ...options });
  const listening = await listen(app, [`unix://${socketPath}`]);
  return {
    engine,
    app,
    listening,
    socketPath,
    connect(request) {
      const socket = createConnection({ path: socketPath, allowHalfOpen: true });
      socket.on("error", () => {});
      socket.write(request.replaceAll("\n", "\r\n"));
      return socket;
    },
    async [Symbol.asyncDispose]() {
      await listening.close({ deadline: 500 });
      await rm(folder, { recursive: true });
    },
  };
}

/** A gateway for `inject` only. */
export async function build(): Promise<{ engine: FakeEngine; app: GatewayApp }> {
  const engine = new FakeEngine();
  return { engine, app: await buildGateway({ engine, logger: silentLogger, version: "1.2.3" }) };
}
