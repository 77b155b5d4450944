import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { whyNoDocker } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";

const skipped = whyNoDocker();

describe.skipIf(skipped !== undefined)(`folders of the host in a container${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;
  let host: string;
  let count = 0;

  beforeAll(async () => {
    daemon = await startDaemon();
    expect((await daemon.docker(["load", "-i", await nanoArchive()])).code).toBe(0);
  });
  beforeEach(async () => {
    count += 1;
    host = path.join(daemon.folder, `host ${count}`);
    await mkdir(host);
    await writeFile(path.join(host, "file.txt"), "of the host");
  });
  afterAll(() => daemon.dispose());

  const cmd = (words: readonly string[], command: string) => daemon.docker(["run", ...words, "oriel/nano", "cmd", "/c", command]);

  it("-v: what either writes, the other sees; nothing of it is a change of the container", async () => {
    const words = ["--name", "mapped", "-v", `${host}:C:\\data\\deep`];
    expect((await cmd(words, "type C:\\data\\deep\\file.txt& echo guest>C:\\data\\deep\\new.txt& echo own>C:\\own.txt")).stdout).toBe(
      "of the host",
    );
    expect(await readFile(path.join(host, "new.txt"), "utf8")).toBe("guest\r\n");
    expect((await daemon.docker(["diff", "mapped"])).stdout.split("\n").filter((line) => !/windows/i.test(line))).toEqual([
      "A \\own.txt",
      "",
    ]);
    expect((await daemon.docker(["rm", "mapped"])).code).toBe(0);
    expect((await readdir(host)).sort()).toEqual(["file.txt", "new.txt"]);
  });

  it("-v …:ro: reads; every change is refused", async () => {
    const { stdout } = await cmd(
      ["--rm", "-v", `${host}:C:\\data:ro`],
      "type C:\\data\\file.txt& mkdir C:\\data\\new 2>&1& del C:\\data\\file.txt",
    );
    expect(stdout).toMatch(/^of the host.*Access denied/s);
    expect(await readdir(host)).toEqual(["file.txt"]);
  });

  it("a drive letter, by -v and by --mount", async () => {
    expect((await cmd(["--rm", "-v", `${host}:D:`], "type D:\\file.txt& D:& cd")).stdout).toBe("of the hostD:\\\r\n");
    const mount = `type=bind,source=${host},target=E:\\inner,readonly`;
    const { stdout } = await cmd(["--rm", "--mount", mount], "type E:\\inner\\file.txt& copy E:\\inner\\file.txt E:\\inner\\b.txt 2>&1");
    expect(stdout).toMatch(/^of the host.*Access denied/s);
    expect(await readdir(host)).toEqual(["file.txt"]);
  });

  it("is refused over C:\\ and for a folder that is not there, in Docker's words", async () => {
    expect(await cmd(["-v", `${host}:C:\\`], "exit")).toMatchObject({ code: 125, stderr: expect.stringContaining("cannot be `c:`") });
    expect(await cmd(["--mount", "type=bind,source=/no/such,target=C:\\x"], "exit")).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("bind source path does not exist: /no/such"),
    });
  });

  it("is seen by what is started later, and after a restart", async () => {
    await daemon.docker(["run", "-d", "--name", "long", "-v", `${host}:C:\\data`, "oriel/nano", "ping", "-n", "600", "127.0.0.1"]);
    expect((await daemon.docker(["exec", "long", "cmd", "/c", "type C:\\data\\file.txt"])).stdout).toBe("of the host");
    await daemon.docker(["restart", "-t", "1", "long"]);
    expect((await daemon.docker(["exec", "long", "cmd", "/c", "type C:\\data\\file.txt"])).stdout).toBe("of the host");
    await daemon.docker(["rm", "-f", "long"]);
    expect(await readdir(host)).toEqual(["file.txt"]);
  });
});
