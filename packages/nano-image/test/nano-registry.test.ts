import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { buildNanoRegistry } from "../src/nano-registry.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { tinyPe } from "./tiny-pe.ts";

const version = { major: 10, minor: 0, build: 20348, revision: 2113 };

it("the registry says which Windows it is", async () => {
  const { system } = await buildNanoRegistry([], version);
  expect(system).toContain('"CurrentBuildNumber"="20348"');
  expect(system).toContain('"CurrentMajorVersionNumber"=dword:0000000a');
  expect(system).toContain('"UBR"=dword:00000841');
  expect(system).toContain('"ProductName"="Windows Server 2022 Datacenter"');
});

it("it takes over what DLLs register of themselves, but no classes and nothing of users", async () => {
  const module = path.join(await temporaryFolder(), "time.dll");
  const script = "HKLM { SOFTWARE { Zones { val Image = s '%MODULE%' } Classes { X } } } HKCR { Y } HKCU { Z }";
  await writeFile(module, tinyPe({ scripts: [script] }));
  const { system, user } = await buildNanoRegistry([module], version);
  expect(system).toContain('[SOFTWARE\\\\Zones] 1577836800\n#time=1d5c03669050000\n"Image"="C:\\\\Windows\\\\System32\\\\time.dll"');
  expect(system + user).not.toMatch(/\[(?:SOFTWARE\\\\Classes|X|Y|Z)\b/);
});

it("nothing of the host is in it", async () => {
  const files = await buildNanoRegistry([], version);
  const text = Object.values(files).join("\n").toLowerCase();
  for (const word of ["z:\\", "unix", "/home", "/tmp", "root\\\\users", "users\\\\root"]) expect(text).not.toContain(word);
  expect(files.user).toContain("C:\\\\Users\\\\ContainerAdministrator");
});
