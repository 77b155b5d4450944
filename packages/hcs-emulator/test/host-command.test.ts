import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { hostCommand } from "../src/host-network/host-command.ts";

const module = new URL("../src/host-network/host-command.ts", import.meta.url).href;

describe.skipIf(process.platform === "win32")("a program of the host", () => {
  it("is given input, and what it writes is returned", async () => {
    expect(await hostCommand(["/bin/cat"], "text")).toBe("text");
  });

  it("that fails, or is not there, is an error with its name and the reason", async () => {
    await expect(hostCommand(["/bin/sh", "-c", "echo no >&2; exit 3"])).rejects.toThrow("sh: no");
    await expect(hostCommand(["/bin/sh", "-c", "exit 3"])).rejects.toThrow("sh: exit code 3");
    await expect(hostCommand(["/no/such"])).rejects.toThrow("such: spawn /no/such ENOENT");
  });

  it("that cannot be started, as no descriptor is left, is an error and ends no daemon", async () => {
    const script = `
      const { openSync } = await import("node:fs");
      const { hostCommand } = await import(${JSON.stringify(module)});
      try { for (;;) openSync("/dev/null"); } catch {}
      process.exit(await hostCommand(["/bin/cat"]).then(() => 1, ({ message }) => (message.endsWith("EMFILE") ? 0 : 2)));
    `;
    const words = ["-c", 'ulimit -n 200; exec "$0" --input-type=module -e "$1"', process.execPath, script];
    expect(await promisify(execFile)("/bin/sh", words)).toMatchObject({ stderr: "" });
  });
});
