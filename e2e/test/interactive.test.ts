import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { oriel, repository, startDaemon, type TestDaemon } from "../src/daemon.ts";
import { whyNoDocker } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";
import { openScreen, type Screen, whyNoScreen } from "../src/screen.ts";

const skipped = whyNoDocker() ?? whyNoScreen();
const image = "oriel/nano";
const prompt = /^C:\\>$/m;
/** With screen.exe, which tells what a program sees of its console. */
const tools = path.join(repository, "packages", "hcs-emulator", "test", "fixtures");

describe.skipIf(skipped !== undefined)(`a user at a terminal${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;
  let screen: Screen | undefined;

  beforeAll(async () => {
    daemon = await startDaemon();
    expect((await daemon.docker(["load", "-i", await nanoArchive()])).code).toBe(0);
  });

  afterEach(async () => {
    await screen?.close();
    screen = undefined;
  });
  afterAll(() => daemon.dispose());

  async function open(...words: string[]): Promise<Screen> {
    screen = await openScreen(["docker", "-H", daemon.host, ...words], { width: 90, height: 30 });
    return screen;
  }

  async function line(text: string): Promise<void> {
    await screen?.type(text);
    await screen?.press("Enter");
  }

  it("gets a prompt from docker run -it, types a command, sees its output once, and leaves with exit and its code", async () => {
    const { shows, exitCode } = await open("run", "--rm", "-it", image, "cmd");
    await shows(prompt);
    await line("echo typed%OS%by hand");
    const text = await shows(/^typedWindows_NTby hand$/m);
    expect(text.match(/typed/g), text).toHaveLength(2);
    expect(text).toMatch(/^C:\\>echo typed%OS%by hand$/m);
    await line("exit 7");
    expect(await exitCode()).toBe(7);
  });

  it("corrects what was typed before it is sent", async () => {
    const { shows, press, type, exitCode } = await open("run", "--rm", "-it", image, "cmd");
    await shows(prompt);
    await type("echo wrogn");
    await press("BSpace", "BSpace", "BSpace");
    await line("ight");
    await shows(/^wright$/m);
    await line("exit");
    expect(await exitCode()).toBe(0);
  });

  it("makes the window wider, and what is written uses it", async () => {
    const { shows, resize, exitCode } = await open("run", "--rm", "-it", image, "cmd");
    await shows(prompt);
    const long = "0123456789".repeat(10);
    await line(`echo ${long}`);
    // The console wraps it at its own width.
    await shows(new RegExp(`^${long.slice(0, 90)}\n${long.slice(90)}$`, "m"));
    await resize({ width: 120, height: 37 });
    await line("cls");
    await line(`echo ${long}`);
    await shows(new RegExp(`^C:\\\\>echo ${long}\n${long}$`, "m"));
    await line("exit");
    expect(await exitCode()).toBe(0);
  });

  it("has programs that know the size of the window, and are told when it changes", async () => {
    const words = ["run", "--rm", "-it", "-v", `${tools}:C:\\tools:ro`, image, "C:\\tools\\screen.exe"];
    const { shows, press, resize, exitCode } = await open(...words);
    // From the start, or by an older docker client, which tells the size when the program runs already.
    await shows(/^(window|size) 90x30$/m);
    await resize({ width: 70, height: 20 });
    await shows(/^size 70x20$/m);
    await press("q");
    expect(await exitCode()).toBe(3);
  });

  it("ends a program by Ctrl-C, and not its shell", async () => {
    const { shows, press, exitCode } = await open("run", "--rm", "-it", image, "cmd");
    await shows(prompt);
    await line("ping -n 1000 127.0.0.1");
    // Not what was typed: before the program runs, there is nothing to end.
    await shows(/^Pinging 127\.0\.0\.1/m);
    await press("C-c");
    await line("echo still%OS%here");
    await shows(/^stillWindows_NThere$/m);
    await line("exit 3");
    expect(await exitCode()).toBe(3);
  });

  it("leaves by Ctrl-P Ctrl-Q while the shell runs on, and comes back", async () => {
    const first = await open("run", "-it", "--name", "left", image, "cmd");
    await first.shows(prompt);
    await first.press("C-p", "C-q");
    expect(await first.exitCode()).toBe(0);
    await first.close();
    expect((await daemon.docker(["inspect", "-f", "{{.State.Status}}", "left"])).stdout).toBe("running\n");
    const second = await open("attach", "left");
    await second.handsOnKeys();
    // The command line changes the size and sets it back, and the console draws again what is on it.
    await second.shows(prompt);
    await line("echo back%OS%again");
    await second.shows(/backWindows_NTagain/);
    await line("exit 5");
    expect(await second.exitCode()).toBe(5);
    await daemon.docker(["rm", "left"]);
  });

  it("works with docker exec -it as well", async () => {
    await daemon.docker(["run", "-d", "--name", "host", image, "ping", "-n", "1000", "127.0.0.1"]);
    const { shows, exitCode } = await open("exec", "-it", "host", "cmd");
    await shows(prompt);
    await line("echo exec%OS%too");
    await shows(/^execWindows_NTtoo$/m);
    await line("exit 9");
    expect(await exitCode()).toBe(9);
    await daemon.docker(["rm", "-f", "host"]);
  });

  it("works with oriel run -it as well", async () => {
    screen = await openScreen([oriel, "-H", daemon.host, "run", "--rm", "-it", image, "cmd"], { width: 90, height: 30 });
    await screen.shows(prompt);
    await line("echo oriel%OS%too");
    await screen.shows(/^orielWindows_NTtoo$/m);
    await line("exit 4");
    expect(await screen.exitCode()).toBe(4);
  });
});
