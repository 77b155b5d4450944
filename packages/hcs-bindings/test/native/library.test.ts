import { expect, test } from "vitest";
import { declareLibrary, NativeFault } from "../../src/native/library.ts";

const existing = process.platform === "win32" ? "kernel32.dll" : "libc.so.6";

test("declaring a library loads nothing", () => {
  const library = declareLibrary("no-such-library.dll", () => ({ Anything: ["int"] }), ["Anything"]);
  expect(Object.keys(library)).toEqual(["Anything"]);
});

test("a library that is not there is named by the first call, with the loader's code", () => {
  const library = declareLibrary("no-such-library.dll", () => ({ Anything: ["int"] }), ["Anything"]);
  const call = () => library.Anything();
  expect(call).toThrow(NativeFault);
  expect(call).toThrow(/^no-such-library\.dll cannot be loaded: /);
  expect(call).toThrow(expect.objectContaining({ win32: 126 }));
});

test("an export that is not there is named, with the loader's code", () => {
  const library = declareLibrary(existing, () => ({ NoSuchExport: ["int"] }), ["NoSuchExport"]);
  const call = () => library.NoSuchExport();
  expect(call).toThrow(`${existing} does not export NoSuchExport`);
  expect(call).toThrow(expect.objectContaining({ win32: 127 }));
});
