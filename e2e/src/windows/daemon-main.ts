/** Runs in node.exe: the daemon as the `oriel` command starts it, until the stop file is there; then tells what is left open. */
import { existsSync, writeFileSync } from "node:fs";
import { runCli } from "../../../apps/cli/src/run-cli.ts";
import { processTerminal } from "../../../apps/cli/src/terminal.ts";
import { testControls } from "../../../packages/hcs-bindings/wine/test-controls.ts";

const [dll = "", stopFile = "", results = "", ...words] = process.argv.slice(2);

// Wine has no way to pass a signal to a program; Windows has Ctrl+C, which arrives as this one.
const timer = setInterval(() => {
  if (!existsSync(stopFile)) return;
  clearInterval(timer);
  process.emit("SIGINT");
}, 50);

const code = await runCli(["daemon", ...words], processTerminal);
writeFileSync(results, JSON.stringify({ code, liveHandles: testControls(dll).liveHandles() }));
process.exit(code);
