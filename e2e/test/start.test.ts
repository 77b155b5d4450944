import { readFile, stat } from "node:fs/promises";
import { guestProcesses } from "@oriel/testkit";
import { describe, expect, it } from "vitest";
import { runCommand } from "../src/command.ts";
import { repository } from "../src/daemon.ts";
import { eventually, mountsBelow, whyNoContainers } from "../src/host.ts";

const skipped = whyNoContainers();

describe.skipIf(skipped !== undefined)(`npm start${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  it("runs a container through the gateway, shows its exit code and time, and with --once ends and leaves nothing running", async () => {
    const { code, stdout, stderr } = await runCommand("npm", ["start", "--silent", "--", "--once"], { cwd: repository, timeout: 110_000 });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("hello from a Windows container");
    expect(stdout).toMatch(/exit code 0, after \d+\.\d s/);
    // A port has no owner: any account of the machine could use it.
    expect(await readFile(`${repository}.oriel/daemon.log`, "utf8")).toMatch(/"addresses":\["unix:[^"]*"\]/);
    expect((await stat(`${repository}.oriel/data`)).mode & 0o777).toBe(0o700);
    await eventually("no Wine process is left", async () => (await guestProcesses(`${repository}.oriel/data`)).length === 0);
    expect(await mountsBelow(`${repository}.oriel/data`)).toEqual([]);
  });

  it("says a mistake in one line", async () => {
    const { code, stderr } = await runCommand("npm", ["start", "--silent", "--", "--twice"], { cwd: repository });
    expect(code).toBe(1);
    expect(stderr).toContain("--twice");
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
