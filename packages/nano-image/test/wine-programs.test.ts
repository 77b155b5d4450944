import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { findWinePrograms } from "../src/wine-programs.ts";
import { fakeWine } from "./fake-wine.ts";
import { temporaryFolder } from "./temporary-folder.ts";

it("a Wine is found by its folder and by its loader", async () => {
  const root = await fakeWine();
  const expected = { loader: path.join(root, "bin/wine"), folder: path.join(root, "lib/wine/x86_64-windows"), version: "wine-99.1 (Test)" };
  expect(await findWinePrograms({ wine: root })).toEqual(expected);
  expect(await findWinePrograms({ wine: path.join(root, "bin/wine") })).toEqual(expected);
});

it("what is no Wine is refused by name, with what to install", async () => {
  const folder = await temporaryFolder();
  const failure = {
    code: "InvalidArgument",
    message: expect.stringContaining(folder),
    remedy: expect.stringContaining("apt-get install wine64"),
  };
  await expect(findWinePrograms({ wine: folder })).rejects.toMatchObject(failure);
  await expect(findWinePrograms({ wine: path.join(folder, "nosuch") })).rejects.toMatchObject(failure);
});

it("a Wine without 64-bit programs is none, and neither is a loader that does not run", async () => {
  const bare = await fakeWine();
  await rm(path.join(bare, "lib"), { recursive: true });
  await expect(findWinePrograms({ wine: bare })).rejects.toMatchObject({ code: "InvalidArgument" });
  const broken = await fakeWine();
  await writeFile(path.join(broken, "bin/wine"), "#!/bin/sh\nexit 1\n");
  await expect(findWinePrograms({ wine: broken })).rejects.toMatchObject({ code: "InvalidArgument" });
});
