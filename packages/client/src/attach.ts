import { type Attachment, joinConnection } from "./attachment.ts";
import type { OrielClient } from "./create-client.ts";
import { upgrade } from "./upgrade.ts";

export interface AttachOptions {
  /** @default false */
  readonly stdin?: boolean | undefined;
  /** @default true */
  readonly stdout?: boolean | undefined;
  /** @default true */
  readonly stderr?: boolean | undefined;
  /** Begin with what was put out so far. @default false */
  readonly logs?: boolean | undefined;
  /** Stay for what comes. @default true */
  readonly stream?: boolean | undefined;
  /** For a terminal: the keys by which the user leaves, as `ctrl-p,ctrl-q`. */
  readonly detachKeys?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Joins a container's input and output; attach before starting it to miss nothing.
 * @throws ClientError
 */
export async function attach(client: OrielClient, id: string, options: AttachOptions = {}): Promise<Attachment> {
  const { stdin = false, signal } = options;
  const upgraded = await upgrade(client, attachPath(id, options), { signal });
  const tty = upgraded.response.headers["content-type"] === "application/vnd.docker.raw-stream";
  return joinConnection(upgraded, { tty, stdin, signal });
}

function attachPath(id: string, options: AttachOptions): string {
  const { stdin = false, stdout = true, stderr = true, logs = false, stream = true, detachKeys } = options;
  const flags = Object.entries({ stdin, stdout, stderr, logs, stream }).filter(([, on]) => on);
  const query = new URLSearchParams(Object.fromEntries(flags.map(([name]) => [name, "1"])));
  if (detachKeys !== undefined) query.set("detachKeys", detachKeys);
  return `/containers/${encodeURIComponent(id)}/attach?${query.toString()}`;
}
