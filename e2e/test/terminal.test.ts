import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { repository, startDaemon, type TestDaemon } from "../src/daemon.ts";
import { whyNoDocker } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";
import { openTerminal, type Terminal, whyNoTerminal } from "../src/terminal.ts";

const skipped = whyNoDocker() ?? whyNoTerminal();
const tools = path.join(repository, "packages", "hcs-emulator", "test", "fixtures");

describe.skipIf(skipped !== undefined)(`docker in a terminal${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;
  let terminal: Terminal | undefined;

  beforeAll(async () => {
    daemon = await startDaemon();
    expect((await daemon.docker(["load", "-i", await nanoArchive()])).code).toBe(0);
  });
  afterEach(async () => {
    await terminal?.close();
    terminal = undefined;
  });
  afterAll(() => daemon.dispose());

  async function open(...words: readonly string[]): Promise<Terminal> {
    terminal = await openTerminal(["docker", "-H", daemon.host, ...words], { folder: daemon.folder, columns: 100, rows: 30 });
    return terminal;
  }

  it("run -it gives a prompt; commands are typed, Ctrl-C ends a program and not the shell, `exit` ends it all", async () => {
    const { press, type, shows } = await open("run", "-it", "--name", "shell", "oriel/nano", "cmd");
    await shows(/^C:\\>/m);
    await type("echo typed wronf");
    await press("BSpace", "g", "Enter");
    await shows(/^typed wrong$/m);
    await type("ping -n 600 127.0.0.1");
    await press("Enter");
    await shows(/Pinging 127\.0\.0\.1/);
    await press("C-c");
    await shows(/Pinging[\s\S]*^C:\\>$/m);
    await type("exit 3");
    await press("Enter");
    await shows(/\[ended with 3\]/);
    expect((await daemon.docker(["inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "shell"])).stdout).toBe("exited 3\n");
    await daemon.docker(["rm", "shell"]);
  });

  it("the program has the size of the terminal, and is told when that changes", async () => {
    const { press, resize, shows } = await open("run", "--rm", "-it", "-v", `${tools}:C:\\tools:ro`, "oriel/nano", "C:\\tools\\screen.exe");
    // The command line sets the size right after the start.
    await shows(/window 100x30|size 100x30/);
    await resize(70, 20);
    await shows(/size 70x20/);
    await press("q");
    await shows(/\[ended with 3\]/);
  });

  it("exec -it opens a second terminal, and leaves the first alone", async () => {
    await daemon.docker(["run", "-d", "--name", "host", "oriel/nano", "ping", "-n", "600", "127.0.0.1"]);
    const { press, type, shows } = await open("exec", "-it", "-w", "C:\\windows", "host", "cmd");
    await shows(/^C:\\windows>/m);
    await type("exit");
    await press("Enter");
    await shows(/\[ended with 0\]/);
    expect((await daemon.docker(["inspect", "-f", "{{.State.Status}}", "host"])).stdout).toBe("running\n");
    await daemon.docker(["rm", "-f", "host"]);
  });

  it("a container that was detached from goes on, and can be attached to again", async () => {
    const first = await open("run", "-it", "--name", "kept", "oriel/nano", "cmd");
    await first.shows(/^C:\\>/m);
    await first.press("C-p", "C-q");
    await first.shows(/\[ended with 0\]/);
    await first.close();
    const second = await open("attach", "kept");
    // The command line changes the size and sets it back, and the console draws again what is on it.
    await second.shows(/^C:\\>/m);
    await second.type("exit 4");
    await second.press("Enter");
    await second.shows(/\[ended with 4\]/);
    await daemon.docker(["rm", "kept"]);
  });
});
