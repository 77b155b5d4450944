import { existsSync } from "node:fs";
import { createClient, type OrielClient } from "@oriel/client";
import { checkVariables } from "@oriel/kernel";
import { chooseHost } from "./choose-host.ts";

/** Runs `work` with a client, whose connections are closed afterwards. */
export async function withClient(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  work: (client: OrielClient) => Promise<void>,
): Promise<void> {
  checkVariables(env);
  const client = createClient({ host: chooseHost({ flag, env, platform: process.platform, exists: existsSync }) });
  try {
    await work(client);
  } finally {
    await client.close();
  }
}
