// From the wish for a container, and for a process in one that runs, to the first output: the daemon in a Windows Node.js under Wine on
// the test vmcompute.dll, over the Docker Engine API, beside the same command by Wine alone in the same prefix. Run:
// node --conditions=oriel-source bench/container-start-windows.bench.mjs [rounds]
import { whyNoWindowsDaemon } from "../e2e/src/host.ts";
import { startWindowsDaemon } from "../e2e/src/windows/windows-daemon.ts";
import { environment, wineCommand } from "../packages/hcs-bindings/wine/harness.ts";
import { recordedImagePath } from "../packages/testkit/src/index.ts";
import { engineApi } from "./container-start/engine-api.mjs";
import { firstOutputOf, mediansInTurn } from "./container-start/floor.mjs";

const rounds = Number(process.argv[2] ?? 15);
const missing = await whyNoWindowsDaemon();
if (missing !== undefined) throw new Error(missing);
const daemon = await startWindowsDaemon();
try {
  const { hostname: host, port } = new URL(daemon.host);
  const api = engineApi({ host, port: Number(port) });
  const { code, stderr } = await daemon.docker(["load", "-i", recordedImagePath("wintest")]);
  if (code !== 0) throw new Error(stderr);
  const { Id: running } = await api.send("POST", "/containers/create", {
    Image: "wintest",
    Cmd: ["cmd.exe", "/c", "ping -n 600 127.0.0.1"],
  });
  await api.send("POST", `/containers/${running}/start`);

  const command = ["cmd.exe", "/c", "echo hello"];
  const wine = await wineCommand(command);
  const { floor, create, exec } = await mediansInTurn(rounds, {
    floor: () => firstOutputOf(wine.command, { ...environment, ...wine.env }),
    create: () => api.firstOutput("wintest", command),
    exec: () => api.firstExecOutput(running, command),
  });
  const row = (name, time) =>
    console.log(
      `${name.padEnd(32)} ${time.toFixed(0).padStart(5)} ms, Wine alone ${floor.toFixed(0)} ms, ${(time - floor).toFixed(0)} ms above it`,
    );
  row("create to first output", create);
  row("exec to first output", exec);
  await api.send("DELETE", `/containers/${running}?force=1`);
  api.close();
  await daemon.stop();
} finally {
  await daemon.dispose();
}
