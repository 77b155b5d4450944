import { ClientError, type SystemInfo, unwrap } from "@oriel/client";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { formatBytes } from "../format/units.ts";
import { write } from "../terminal.ts";
import { version } from "../version.ts";

/** Commands about the daemon itself: version, info. */
export function addSystemCommands(program: Command, context: CliContext): void {
  const { stdout, stderr } = context.terminal;

  program
    .command("version")
    .description("Show the Oriel version information")
    .action(() =>
      context.withClient(async (client) => {
        await write(stdout, `Client:  oriel ${version}, Node.js ${process.versions.node}\n`);
        const daemon = await unwrap(client.GET("/version")).catch((error: unknown) => {
          if (error instanceof ClientError) context.exit(1);
          throw error;
        });
        const api = `API ${daemon.ApiVersion} (${daemon.MinAPIVersion} and newer)`;
        await write(stdout, `Daemon:  oriel ${daemon.Version}, ${api}, ${daemon.Os}/${daemon.Arch}, ${client.address.host}\n`);
      }),
    );

  program
    .command("info")
    .description("Display system-wide information")
    .action(() =>
      context.withClient(async (client) => {
        const info = await unwrap(client.GET("/info"));
        await write(stdout, formatInfo(info));
        for (const warning of info.Warnings ?? []) await write(stderr, `warning: ${warning.replace(/^WARNING: /, "")}\n`);
      }),
    );
}

function formatInfo(info: SystemInfo): string {
  const { Containers, ContainersRunning, ContainersPaused, ContainersStopped } = info;
  const rows: readonly (readonly [string, string])[] = [
    ["Name", info.Name],
    ["Version", info.ServerVersion],
    ["Containers", `${Containers} (${ContainersRunning} running, ${ContainersPaused} paused, ${ContainersStopped} stopped)`],
    ["Images", String(info.Images)],
    ["Storage", info.Driver],
    ...info.DriverStatus.filter(([, value]) => value).map(([name = "", value = ""]): [string, string] => [`  ${name}`, value]),
    ["Runtime", info.DefaultRuntime],
    ["Isolation", info.Isolation],
    ["Host", info.OperatingSystem],
    ["Windows version", info.OSVersion],
    ["Processors", String(info.NCPU)],
    ["Memory", formatBytes(info.MemTotal)],
    ["Root folder", info.DockerRootDir],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => `${`${name}:`.padEnd(width)}${value}\n`).join("");
}
