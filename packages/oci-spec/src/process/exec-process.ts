import type { ContainerConfig, ProcessSpec } from "@oriel/contracts";
import { consoleSizeOf } from "../checks/validate-host-config.ts";
import { commandOf, type ProcessCommand, shellForm } from "../command-line/command.ts";
import { invalidOption } from "../invalid-option.ts";
import { effectiveEnvironment, mergeEnvironment } from "./environment.ts";
import { workingDirectory } from "./working-directory.ts";

/** A further process of a container, in the Engine API's names. */
export interface ExecConfig {
  /** Program and arguments. */
  readonly Cmd: readonly string[];
  readonly Env?: readonly string[];
  /** Absent: the container's. */
  readonly WorkingDir?: string;
  /** Absent: the container's. */
  readonly User?: string;
  readonly Tty?: boolean;
  readonly ConsoleSize?: readonly [height: number, width: number] | null;
}

/**
 * The process spec of an exec. Its command is a list whatever `ArgsEscaped` of the container says, as that speaks of the
 * container's own command.
 * @throws InvalidArgumentError without a command, or for an environment entry that is no variable.
 */
export function createExecProcess(config: ContainerConfig, exec: ExecConfig): ProcessSpec {
  const { path, args } = commandOf({ Image: config.Image, Cmd: [...exec.Cmd] });
  return execSpec(config, exec, { args: [path, ...args] });
}

/**
 * The process spec of a health check's probe, or undefined where there is none. `CMD-SHELL` reaches the shell as it was
 * written; `CMD` is a list.
 * @throws InvalidArgumentError for a test of another form.
 */
export function createHealthcheckProcess(config: ContainerConfig): ProcessSpec | undefined {
  const [kind, ...words] = config.Healthcheck?.Test ?? [];
  if (kind === undefined || kind === "NONE") return undefined;
  if (kind === "CMD") return createExecProcess(config, { Cmd: words });
  if (kind !== "CMD-SHELL" || words.length !== 1) {
    throw invalidOption(
      `Healthcheck.Test ${JSON.stringify(config.Healthcheck?.Test)}: must be ["NONE"], ["CMD", program, …] or ["CMD-SHELL", text]`,
    );
  }
  const [line = ""] = shellForm(words[0] ?? "", config.Shell?.length ? config.Shell : undefined).Cmd;
  return execSpec(config, { Cmd: [] }, { commandLine: line });
}

function execSpec(config: ContainerConfig, exec: ExecConfig, command: ProcessCommand): ProcessSpec {
  const env = effectiveEnvironment(mergeEnvironment(exec.Env ?? [], config.Env ?? []));
  const username = exec.User || config.User;
  return {
    ...(exec.Tty === true ? { terminal: true, consoleSize: consoleSizeOf(exec) } : {}),
    user: { uid: 0, gid: 0, ...(username ? { username } : {}) },
    ...command,
    ...(env.length === 0 ? {} : { env }),
    cwd: workingDirectory(exec.WorkingDir || config.WorkingDir, "windows"),
  };
}
