import { describe, expect, it } from "vitest";
import { checkNullDevice, must, run, UserError } from "../lib/command.mjs";

const node = process.execPath;

describe("a command", () => {
  it("returns its exit code and the lines of both streams", async () => {
    const lines: string[] = [];
    const script = "console.log('one'); console.error('two'); process.exitCode = 3";
    const { code, output } = await run(node, ["-e", script], { onLine: (line) => void lines.push(line) });
    expect(code).toBe(3);
    expect(output.split("\n").toSorted()).toEqual(["one", "two"]);
    expect(lines.toSorted()).toEqual(["one", "two"]);
  });

  it("that fails is a fault with the end of its output and what to do", async () => {
    const failing = must(node, ["-e", "console.log('disk full'); process.exit(4)"], {
      failure: "it could not be built",
      remedy: "free some space",
    });
    await expect(failing).rejects.toMatchObject({
      message: expect.stringMatching(/^it could not be built: .* exited with 4\n {4}disk full$/),
      remedy: "free some space",
    });
    await expect(failing).rejects.toBeInstanceOf(UserError);
  });

  it("that does not end in time is ended together with what it started", async () => {
    const script =
      "require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'inherit' }); setInterval(() => 0, 1000)";
    // The output closes only when the grandchild is gone as well.
    await expect(run(node, ["-e", script], { timeout: 0.5 })).rejects.toThrow("did not end within 0.5 seconds");
  });

  it("that does not exist is an error that names it", async () => {
    await expect(run("/no/such/program", [])).rejects.toThrow("/no/such/program");
  });
});

describe("the null device", () => {
  it("that this account cannot use is named before a program is started in vain", () => {
    expect(() => checkNullDevice("/nowhere/null")).toThrow("/nowhere/null does not exist, and no program can be started without it");
    expect(() => checkNullDevice()).not.toThrow();
  });
});
