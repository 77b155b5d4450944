#!/usr/bin/env node
import { limitYoungSpace } from "./limit-young-space.ts";
import { muteExperimentalWarnings } from "./mute-warnings.ts";

limitYoungSpace();
muteExperimentalWarnings();
// Failures of writing are told to whoever wrote; a reader that has gone, as of `oriel ps | head`, is no failure.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);
const [{ runCli }, { processTerminal }] = await Promise.all([import("./run-cli.ts"), import("./terminal.ts")]);
process.exitCode = await runCli(process.argv.slice(2), processTerminal);
