import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { silentLogger } from "@oriel/contracts";
import { FakeEngine } from "@oriel/engine-testkit";
import { buildGateway, listen } from "@oriel/gateway";
import { createClient, type OrielClient } from "../src/index.ts";

export interface Served {
  readonly engine: FakeEngine;
  readonly client: OrielClient;
  readonly host: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A real gateway over a fake engine, on a Unix socket, and a client of it. */
export async function serve(): Promise<Served> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-client-"));
  const engine = new FakeEngine();
  const app = await buildGateway({ engine, logger: silentLogger, version: "1.2.3" });
  const host = `unix://${folder}/x.sock`;
  const listening = await listen(app, [host]);
  const client = createClient({ host });
  return {
    engine,
    client,
    host,
    async [Symbol.asyncDispose]() {
      await client.close();
      await listening.close({ deadline: 1000 });
      await rm(folder, { recursive: true });
    },
  };
}

/** Creates a container of the fake engine that runs one of its programs. */
export async function create(client: OrielClient, command: readonly string[], more: Record<string, unknown> = {}): Promise<string> {
  const { data } = await client.POST("/containers/create", { body: { Image: "oriel/nano", Cmd: [...command], ...more } });
  return data?.Id ?? "";
}
