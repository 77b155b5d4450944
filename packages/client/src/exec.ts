import { type Attachment, joinConnection } from "./attachment.ts";
import { ClientError } from "./client-error.ts";
import { type OrielClient, unwrap } from "./create-client.ts";
import { upgrade } from "./upgrade.ts";

export interface ExecOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** @default false */
  readonly stdin?: boolean | undefined;
  /** Give the program a terminal: its output is one stream then. @default false */
  readonly tty?: boolean | undefined;
  /** Of the terminal, in characters. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
  /** `NAME=value` each, beside the container's. */
  readonly env?: readonly string[] | undefined;
  /** @default the container's */
  readonly workingDir?: string | undefined;
  /** @default the container's */
  readonly user?: string | undefined;
  /** For a terminal: the keys by which the user leaves, as `ctrl-p,ctrl-q`. */
  readonly detachKeys?: string | undefined;
  /** Leaves the program when it aborts; the program goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** A further process of a container, joined. */
export interface Execution extends Attachment {
  /** Of the exec, for `/exec/{id}/…`. */
  readonly id: string;
  /**
   * Ask once the output has ended. Unsigned 32 bits; 127 or 126 for a program that could not be run, whose output says why.
   * Undefined where it still runs, as after the detach keys.
   * @throws ClientError
   */
  exitCode(): Promise<number | undefined>;
}

/**
 * Runs a program in a running container, beside the container's own.
 * @throws ClientError
 */
export async function exec(client: OrielClient, container: string, options: ExecOptions): Promise<Execution> {
  const { stdin = false, tty = false, signal } = options;
  const id = await createExec(client, container, options);
  const upgraded = await upgrade(client, `/exec/${id}/start`, { body: { Detach: false, Tty: tty }, signal });
  return { ...joinConnection(upgraded, { tty, stdin, signal }), id, exitCode: () => exitCodeOf(client, id) };
}

/**
 * Runs a program in a running container and leaves it to itself; its output is dropped. Answers the exec's id.
 * @throws ClientError, also for a program that cannot be run
 */
export async function execDetached(
  client: OrielClient,
  container: string,
  options: Omit<ExecOptions, "stdin" | "signal">,
): Promise<string> {
  const id = await createExec(client, container, options);
  await client.POST("/exec/{id}/start", { params: { path: { id } }, body: { Detach: true, Tty: options.tty ?? false } });
  return id;
}

async function createExec(client: OrielClient, id: string, options: ExecOptions): Promise<string> {
  const { command, stdin = false, tty = false, size, env, workingDir, user, detachKeys } = options;
  const body = {
    Cmd: [...command],
    AttachStdin: stdin,
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty,
    ...(size === undefined ? {} : { ConsoleSize: [size.height, size.width] }),
    ...(env === undefined ? {} : { Env: [...env] }),
    WorkingDir: workingDir,
    User: user,
    DetachKeys: detachKeys,
  };
  const { Id } = await unwrap(client.POST("/containers/{id}/exec", { params: { path: { id } }, body }));
  return Id;
}

async function exitCodeOf(client: OrielClient, id: string): Promise<number | undefined> {
  const { Running, ExitCode } = await unwrap(client.GET("/exec/{id}/json", { params: { path: { id } } }));
  if (ExitCode !== null) return ExitCode;
  if (Running) return undefined;
  throw new ClientError(`exec ${id} was not started`);
}
