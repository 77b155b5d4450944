import { existsSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import { type CommandOptions, type CommandResult, runCommand } from "./command.ts";
import { repository, type TestDaemon } from "./daemon.ts";

/** A Compose that is installed here. */
export interface Compose {
  readonly name: string;
  /** The separator in the names of containers. */
  readonly separator: string;
  /** Runs it on the compose.yaml of a folder. */
  run(daemon: TestDaemon, folder: string, words: readonly string[], options?: CommandOptions): Promise<CommandResult>;
}

const plugins = [
  path.join(repository, ".toolchain/docker-compose/usr/libexec/docker/cli-plugins/docker-compose"),
  "/usr/libexec/docker/cli-plugins/docker-compose",
];
/** Compose 1, written in Python: Debian has it up to its version 12. */
const pythonCompose = "/usr/bin/docker-compose";

/** `docker compose`, and Compose 1 where this system has it. */
export function installedComposes(): Compose[] {
  const plugin = plugins.find((file) => existsSync(file));
  return [...(plugin === undefined ? [] : [composeTwo(plugin)]), ...(existsSync(pythonCompose) ? [composeOne] : [])];
}

function composeTwo(plugin: string): Compose {
  return {
    name: "docker compose 2",
    separator: "-",
    async run(daemon, folder, words, options) {
      // The docker command line looks for its plugins there.
      const config = path.join(daemon.folder, "docker-config");
      await mkdir(path.join(config, "cli-plugins"), { recursive: true });
      const link = path.join(config, "cli-plugins", "docker-compose");
      if (!existsSync(link)) await symlink(plugin, link);
      const env = { DOCKER_CONFIG: config, DOCKER_HOST: daemon.host, ...options?.env };
      return runCommand("docker", ["compose", ...words], { cwd: folder, timeout: 120_000, ...options, env });
    },
  };
}

const composeOne: Compose = {
  name: "docker-compose 1",
  separator: "_",
  run: (daemon, folder, words, options) =>
    runCommand(pythonCompose, words, { cwd: folder, timeout: 120_000, ...options, env: { DOCKER_HOST: daemon.host, ...options?.env } }),
};
