import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { startDaemon } from "@oriel/cli";
import { createClient, unwrap } from "@oriel/client";
import { silentLogger } from "@oriel/contracts";
import { mergeConfig } from "@oriel/kernel";

const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-example-"));
const host = `unix://${folder}/oriel.sock`;

const config = mergeConfig([{ root: path.join(folder, "data"), hosts: [host], hcs: "emulated" }], process.platform);
const daemon = await startDaemon({ config, logger: silentLogger });

const client = createClient({ host });
const info = await unwrap(client.GET("/info"));
export const told = `${info.Containers} containers on ${info.OSType}`; // 0 containers on windows

await client.close();
await daemon.close();
await rm(folder, { recursive: true });
