#!/usr/bin/env node
import { muteExperimentalWarnings } from "./mute-warnings.ts";
import { runCli } from "./run-cli.ts";
import { processTerminal } from "./terminal.ts";

muteExperimentalWarnings();
// Failures of writing are told to whoever wrote; a reader that has gone, as of `oriel ps | head`, is no failure.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);
process.exitCode = await runCli(process.argv.slice(2), processTerminal);
