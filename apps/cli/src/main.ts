#!/usr/bin/env node
import { muteExperimentalWarnings } from "./mute-warnings.ts";
import { runCli } from "./run-cli.ts";

muteExperimentalWarnings();
process.exitCode = await runCli(process.argv.slice(2), process);
