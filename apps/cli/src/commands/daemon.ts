import { type ConfigFlags, type ConfigKey, configKeyNames, configKeys } from "@oriel/kernel";
import { type Command, Option } from "commander";
import type { CliContext } from "../context.ts";

/** Keys of the configuration that have a flag, with the name under which commander answers it: `logLevel`. */
const flagged = configKeyNames.flatMap((key) => {
  const { flag } = configKeys[key];
  return flag === undefined ? [] : [{ key, flag, name: camelCase(flag) }];
});

export function addDaemonCommand(program: Command, context: CliContext): void {
  const command = program
    .command("daemon")
    .description("Serve the Docker Engine API until SIGTERM or SIGINT")
    .option("--config <file>", "Configuration file in TOML (default the one that ORIEL_CONFIG names)")
    .addHelpText("after", "\nFlags come before the environment, and the environment before the file.");
  for (const { key, flag } of flagged) command.addOption(configOption(key, flag));
  command.action(async (options: Readonly<Record<string, string | string[] | undefined>>) => {
    // Loaded here, as clients should not wait for what only a daemon needs.
    const { limitYoungSpace } = await import("../daemon/limit-young-space.ts");
    limitYoungSpace();
    const { runDaemon } = await import("../daemon/run-daemon.ts");
    const { config } = options;
    const flags: ConfigFlags = Object.fromEntries(flagged.map(({ key, name }) => [key, options[name]]));
    context.exit(await runDaemon({ file: typeof config === "string" ? config : undefined, flags, env: context.terminal.env }));
  });
}

function configOption(key: ConfigKey, flag: string): Option {
  const { kind, summary } = configKeys[key];
  const option = new Option(`${flag} <value>`, `${summary.replaceAll("`", "")}${kind.many ? " May be given several times." : ""}`);
  return kind.many ? option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]) : option;
}

function camelCase(flag: string): string {
  return flag.replace(/^--/, "").replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
