import { copyFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { baseLayer, noContainer, startContainer, type TestContainer, type TestProcess } from "./emulated-container.ts";

const { folder, base, remove } = await baseLayer();
afterAll(remove);
if (noContainer === undefined) {
  for (const name of ["screen.exe", "ctrl-c.exe"])
    await copyFile(new URL(`./fixtures/${name}`, import.meta.url), path.join(base, "Files", "Windows", "System32", name));
}

const prompt = /C:\\>/;

describe.skipIf(noContainer !== undefined)(`a process with a console${noContainer ? ` (skipped: ${noContainer})` : ""}`, () => {
  let container: TestContainer;
  beforeEach(async () => {
    container = await startContainer({ folder, base });
  });
  afterEach(() => container.close());

  const open = (CommandLine: string, ConsoleSize = [30, 100]): Promise<TestProcess> =>
    container.start({ CommandLine, ConsoleSize, EmulateConsole: true, CreateStdErrPipe: true });
  const modify = (process: TestProcess, document: unknown) =>
    container.hcs.compute.HcsModifyProcess(process.handle, JSON.stringify(document));
  const resize = async (process: TestProcess, Height: number, Width: number): Promise<void> => {
    expect((await modify(process, { Operation: "ConsoleSize", ConsoleSize: { Height, Width } })).hresult).toBe(0);
  };

  it("shows a prompt, takes commands, ends with `exit`, and then its output ends", async () => {
    const shell = await open("cmd.exe");
    // Both outputs are the console's.
    expect(shell.information.stdError).toBe(0n);
    await shell.seen(prompt);
    shell.write("echo out& echo err>&2\r");
    await shell.seen(/\nout[\s\S]*err[\s\S]*C:\\>/);
    shell.write("exit 7\r");
    expect(await shell.exited).toBe(7);
    await shell.ended;
    expect((await modify(shell, { Operation: "ConsoleSize", ConsoleSize: { Height: 1, Width: 1 } })).hresult).toBe(0x80070490);
  });

  it("edits lines: backspace takes back, the arrow recalls", async () => {
    const shell = await open("cmd.exe");
    await shell.seen(prompt);
    shell.write("echo wrongs\x7f\x7f\x7f\x7f\x7f\x7fright\r");
    await shell.seen(/\nright/);
    await shell.seen(prompt);
    shell.write("\x1b[A\r");
    await shell.seen(/\nright/);
  });

  it("has the size that it was made with; a new size is told to the program that runs", async () => {
    const screen = await open("screen.exe");
    await screen.seen(/buffer 100x30[\s\S]*window 100x30[\s\S]*ready/);
    for (const [rows, columns] of [
      [20, 60],
      [43, 132],
      [50, 40],
    ] as const) {
      await resize(screen, rows, columns);
      await screen.seen(new RegExp(`size ${columns}x${rows}`));
    }
    // Where columns and rows change in opposite ways, the buffer has a size between.
    await screen.seen(/buffer 40x50[\s\S]*window 40x50/);
    screen.write("q");
    expect(await screen.exited).toBe(3);
  });

  it("is drawn again when its size changes, as one who attaches to it changes it to see it", async () => {
    const shell = await open("cmd.exe");
    await shell.seen(prompt);
    shell.write("echo remember\r");
    await shell.seen(/\nremember[\s\S]*C:\\>/);
    await Promise.all([resize(shell, 31, 101), resize(shell, 30, 100)]);
    await shell.seen(/C:\\>echo remember\r\nremember[\s\S]*C:\\>/);
  });

  it("is 80 x 25 where no size is given; a size that is none is refused", async () => {
    const screen = await open("screen.exe", [0, 0]);
    await screen.seen(/buffer 80x25/);
    expect((await modify(screen, { Operation: "ConsoleSize", ConsoleSize: { Height: -1, Width: 4 } })).hresult).toBe(0xc037010d);
    expect((await modify(screen, { Operation: "ConsoleSize" })).hresult).toBe(0xc037010d);
  });

  it("hands Ctrl-C as a key to a program that wants it so", async () => {
    const screen = await open("screen.exe");
    await screen.seen(/ready/);
    screen.write("a");
    await screen.seen(/key 97/);
    screen.write("\x03");
    await screen.seen(/key 3\s/);
    screen.write("q");
    expect(await screen.exited).toBe(3);
  });

  it("Ctrl-C ends the program that runs, not the shell", async () => {
    const shell = await open("cmd.exe");
    await shell.seen(prompt);
    shell.write("ping -n 600 127.0.0.1\r");
    await shell.seen(/Pinging/);
    shell.write("\x03");
    await shell.seen(prompt);
    shell.write("exit 4\r");
    expect(await shell.exited).toBe(4);
  });

  it("Ctrl-C ends a shell that runs one command, and a shell's line is thrown away by it", async () => {
    const command = await open("cmd.exe /c ping -n 600 127.0.0.1");
    await command.seen(/Pinging/);
    command.write("\x03");
    await command.exited;

    const shell = await open("cmd.exe");
    await shell.seen(prompt);
    shell.write("exit 9");
    await shell.seen(/exit 9/);
    shell.write("\x03");
    await shell.seen(prompt);
    shell.write("exit 5\r");
    expect(await shell.exited).toBe(5);
  });

  it("Ctrl-C ends a program that hangs in its end, and none whose handler takes its time", async () => {
    const busy = await open("ctrl-c.exe");
    const hanging = await open("ctrl-c.exe alone");
    for (const program of [busy, hanging]) {
      await program.seen(/ready/);
      program.write("\x03");
      await program.seen(/handled/);
    }
    expect(await hanging.exited).toBe(0xc000013a);
    expect(await Promise.race([busy.exited, container.run("cmd.exe /c echo other").then(() => "runs")])).toBe("runs");
  });

  it("goes on when nobody can type any more, and is ended with what it started", async () => {
    const shell = await open("cmd.exe /c ping -n 600 127.0.0.1");
    await shell.seen(/Pinging/);
    expect((await modify(shell, { Operation: "CloseHandle", CloseHandle: { Handle: "StdIn" } })).hresult).toBe(0);
    await container.run("cmd.exe /c exit");
    expect(await Promise.race([shell.exited, container.run("cmd.exe /c echo still").then(() => "runs")])).toBe("runs");
    expect((await container.hcs.compute.HcsTerminateProcess(shell.handle)).hresult).toBe(0);
    expect(await shell.exited).toBe(0x40010004);
    await shell.ended;
  });
});
