import { ClientError } from "./client-error.ts";
import type { OrielClient } from "./create-client.ts";
import { demultiplex, type OutputChunk } from "./demultiplex.ts";
import type { ContainerStats, EventMessage, ProgressMessage, WaitAnswer } from "./generated/api.ts";
import { readBody } from "./http-request.ts";
import { jsonLines } from "./json-lines.ts";

export interface LogsOptions {
  /** @default true */
  readonly stdout?: boolean | undefined;
  /** @default true */
  readonly stderr?: boolean | undefined;
  /** Stay for what comes. @default false */
  readonly follow?: boolean | undefined;
  /** Begin every line with its time. @default false */
  readonly timestamps?: boolean | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** Number of last lines; absent: all. */
  readonly tail?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A container's output so far, and what comes with `follow`. @throws ClientError */
export async function* logs(client: OrielClient, id: string, options: LogsOptions = {}): AsyncGenerator<OutputChunk> {
  const { stdout = true, stderr = true, follow = false, timestamps = false, since, until, tail, signal } = options;
  const { data } = await client.GET("/containers/{id}/logs", {
    params: {
      path: { id },
      query: {
        stdout,
        stderr,
        follow,
        timestamps,
        ...(since === undefined ? {} : { since: seconds(since) }),
        ...(until === undefined ? {} : { until: seconds(until) }),
        ...(tail === undefined ? {} : { tail: String(tail) }),
      },
    },
    parseAs: "stream",
    signal,
  });
  const bytes = readBody(client.address, data, signal);
  if (data.headers["content-type"] !== "application/vnd.docker.raw-stream") yield* demultiplex(bytes);
  else for await (const chunk of bytes) yield { stream: "stdout", data: chunk };
}

export interface WaitOptions {
  /** When to answer: at once if it does not run, at its next exit, or once it is removed. @default "not-running" */
  readonly condition?: "not-running" | "next-exit" | "removed";
  readonly signal?: AbortSignal;
}

export interface ContainerExit {
  /** Unsigned 32 bits. */
  readonly exitCode: number;
  /** What went wrong around the exit; empty otherwise. */
  readonly error: string;
}

/**
 * Waits for a container to end. Settles as soon as the gateway watches it, so that a container which is started then
 * cannot end unseen; `exit` settles at its end.
 * @throws ClientError; so does `exit`
 */
export async function wait(client: OrielClient, id: string, options: WaitOptions = {}): Promise<{ readonly exit: Promise<ContainerExit> }> {
  const { condition = "not-running", signal } = options;
  const { data } = await client.POST("/containers/{id}/wait", {
    params: { path: { id }, query: { condition } },
    parseAs: "stream",
    signal,
  });
  const exit = readExit(readBody(client.address, data, signal));
  // Whoever never looks at the exit shall not be ended by it.
  exit.catch(() => {});
  return { exit };
}

async function readExit(bytes: AsyncIterable<Uint8Array>): Promise<ContainerExit> {
  for await (const { StatusCode, Error: failure } of jsonLines<WaitAnswer>(bytes)) {
    if (StatusCode < 0) throw new ClientError(failure?.Message ?? "waiting failed");
    return { exitCode: StatusCode, error: failure?.Message ?? "" };
  }
  throw new ClientError("the gateway ended the connection before the container ended");
}

export interface LoadImageOptions {
  /** Only say what was loaded. @default false */
  readonly quiet?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Loads the images of an archive, which is sent as it is read, and tells of the progress.
 * @throws ClientError for an archive that was refused, also after some progress
 */
export async function* loadImage(
  client: OrielClient,
  archive: AsyncIterable<Uint8Array>,
  options: LoadImageOptions = {},
): AsyncGenerator<ProgressMessage> {
  const { quiet = false, signal } = options;
  const { data } = await client.POST("/images/load", {
    params: { query: { quiet } },
    headers: { "content-type": "application/x-tar" },
    body: archive,
    parseAs: "stream",
    signal,
  });
  for await (const message of jsonLines<ProgressMessage>(readBody(client.address, data, signal))) {
    if (message.error !== undefined) throw new ClientError(message.error);
    yield message;
  }
}

export interface EventsOptions {
  readonly filters?: Readonly<Record<string, readonly string[]>>;
  /** Begin with what was kept from this time on. */
  readonly since?: Date;
  /** When to end. */
  readonly until?: Date;
  readonly signal?: AbortSignal;
}

/** What happens from now on, until the signal aborts, `until` is over or the gateway ends. @throws ClientError */
export async function* events(client: OrielClient, options: EventsOptions = {}): AsyncGenerator<EventMessage> {
  const { filters, since, until, signal } = options;
  const { data } = await client.GET("/events", {
    params: {
      query: {
        ...(filters === undefined ? {} : { filters: JSON.stringify(filters) }),
        ...(since === undefined ? {} : { since: seconds(since) }),
        ...(until === undefined ? {} : { until: seconds(until) }),
      },
    },
    parseAs: "stream",
    signal,
  });
  yield* jsonLines<EventMessage>(readBody(client.address, data, signal));
}

/** What a container uses, at once and every second, until it is removed or the signal aborts. @throws ClientError */
export async function* stats(
  client: OrielClient,
  id: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<ContainerStats, void> {
  const { data } = await client.GET("/containers/{id}/stats", {
    params: { path: { id }, query: { stream: true } },
    parseAs: "stream",
    signal,
  });
  yield* jsonLines<ContainerStats>(readBody(client.address, data, signal));
}

function seconds(time: Date): string {
  return (time.getTime() / 1000).toFixed(3);
}
