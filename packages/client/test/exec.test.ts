import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { exec, execDetached, type OrielClient } from "../src/index.ts";
import { create, serve } from "./gateway.ts";

async function running(client: OrielClient): Promise<string> {
  const id = await create(client, ["sleep"]);
  await client.POST("/containers/{id}/start", { params: { path: { id } } });
  return id;
}

describe("exec", () => {
  test("keeps stdout and stderr apart, and has the exit code at their end", async () => {
    await using served = await serve();
    const { stdout, stderr, exitCode } = await exec(served.client, await running(served.client), { command: ["both"] });
    expect(await Promise.all([text(stdout), text(stderr)])).toEqual(["to stdout\r\n", "to stderr\r\n"]);
    expect(await exitCode()).toBe(7);
  });

  test("passes the input on, and its end", async () => {
    await using served = await serve();
    const { stdin, stdout, stderr } = await exec(served.client, await running(served.client), { command: ["cat"], stdin: true });
    stdin.end("typed");
    stderr.resume();
    expect(await text(stdout)).toBe("typed[end of 5 bytes]");
  });

  test("asks for what it was told", async () => {
    await using served = await serve();
    const options = { tty: true, size: { height: 30, width: 90 }, env: ["A=1"], workingDir: "C:\\x", user: "u1", detachKeys: "ctrl-x" };
    const { stdout } = await exec(served.client, await running(served.client), { command: ["echo", "hi"], ...options });
    expect(await text(stdout)).toBe("hi\r\n");
    expect(served.engine.execs.created).toEqual([
      {
        Cmd: ["echo", "hi"],
        AttachStdin: false,
        AttachStdout: true,
        AttachStderr: true,
        Tty: true,
        ConsoleSize: [30, 90],
        Env: ["A=1"],
        WorkingDir: "C:\\x",
        User: "u1",
        DetachKeys: "ctrl-x",
      },
    ]);
  });

  test("has no exit code while the program runs on without us", async () => {
    await using served = await serve();
    const { stdout, stderr, detach, exitCode, id } = await exec(served.client, await running(served.client), { command: ["drip"] });
    detach();
    await Promise.all([text(stdout), text(stderr)]);
    expect(await exitCode()).toBeUndefined();
    served.engine.execs.kill(id);
  });

  test("detached it answers when the program runs, or why it does not", async () => {
    await using served = await serve();
    const container = await running(served.client);
    const id = await execDetached(served.client, container, { command: ["sleep"] });
    expect(served.engine.execs.started).toEqual([{ attach: false }]);
    served.engine.execs.kill(id);
    const failing = execDetached(served.client, container, { command: ["nosuch.exe"] });
    await expect(failing).rejects.toMatchObject({ status: 400, message: expect.stringContaining("nosuch.exe") });
  });

  test("a program that is not there says so, with the code 127; a container that does not run is a failure", async () => {
    await using served = await serve();
    const { stdout, exitCode } = await exec(served.client, await running(served.client), { command: ["nosuch.exe"] });
    expect(await text(stdout)).toContain("nosuch.exe");
    expect(await exitCode()).toBe(127);
    const stopped = await create(served.client, ["sleep"]);
    await expect(exec(served.client, stopped, { command: ["x"] })).rejects.toMatchObject({ status: 409 });
  });
});
