import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ApplyScriptOptions, applyRegistrarScript } from "../src/registrar-script.ts";
import { RegistryBranch } from "../src/registry-text.ts";

const options: ApplyScriptOptions = { root: "HKLM", module: "C:\\Windows\\System32\\a.dll", accepts: () => true };

function apply(text: string, changed: Partial<ApplyScriptOptions> = {}): RegistryBranch {
  const branch = new RegistryBranch();
  applyRegistrarScript(text, branch, { ...options, ...changed });
  return branch;
}

describe("a registrar script", () => {
  it("sets values of every type, in keys below keys", () => {
    const branch = apply(`HKLM { NoRemove Software { ForceRemove 'Two Words' = s 'default' {
      val Text = s 'it''s here'
      val 'Path' = e '%SystemRoot%\\x'
      val List = m 'a\\0b\\0'
      val Number = d 18
      val Hex = d &H1F
      val Bytes = b deadbeef
      Empty
    } } }`);
    const key = "Software\\Two Words";
    expect(branch.get(key, "")).toEqual({ type: "string", value: "default" });
    expect(branch.get(key, "text")).toEqual({ type: "string", value: "it's here" });
    expect(branch.get(key, "Path")).toEqual({ type: "expand", value: "%SystemRoot%\\x" });
    expect(branch.get(key, "List")).toEqual({ type: "multi", value: ["a", "b"] });
    expect(branch.get(key, "Number")).toEqual({ type: "dword", value: 18 });
    expect(branch.get(key, "Hex")).toEqual({ type: "dword", value: 31 });
    expect(branch.get(key, "Bytes")).toEqual({ type: "binary", value: Buffer.from("deadbeef", "hex") });
    expect(branch.toText("Machine")).toContain("[Software\\\\Two Words\\\\Empty]");
  });

  it("names the DLL that it belongs to as %MODULE%", () => {
    expect(apply("HKLM { K { val Image = s '%MODULE%' } }").get("K", "Image")).toEqual({ type: "string", value: options.module });
  });

  it("is applied only for the root that is asked for, and for accepted keys", () => {
    const script = "HKCR { A { val x = s 'no' } } HKLM { A { val x = s 'yes' } Classes { val x = s 'no' B { val x = s 'no' } } }";
    const branch = apply(script, { accepts: (path) => path !== "Classes" });
    expect(branch.get("A", "x")).toEqual({ type: "string", value: "yes" });
    expect(branch.toText("Machine")).not.toContain("Classes");
  });

  it("makes no keys that it only deletes", () => {
    expect(apply("HKLM { Delete Old { val x = d 1 } }").toText("Machine")).not.toContain("Old");
  });

  it.each([
    ["HKLM { A ", "ends too early"],
    ["HKLM A", '"{" was expected'],
    ["HKLM { val x s 'a' }", '"=" was expected'],
    ["HKLM { val x = q 'a' }", '"q" is no type'],
    ["HKLM { val x = d 'many' }", '"many" is not a number'],
    ["HKLM { val x = d 4294967296 }", "not a number of 32 bits"],
    ["HKLM { val x = b abc }", "not binary data"],
  ])("that is malformed is refused: %s", (script, reason) => {
    expect(() => apply(script)).toThrow(reason);
  });
});

describe("Wine's registry text", () => {
  it("is sorted without case, and has one key and one value of a name whatever its case", () => {
    const branch = new RegistryBranch();
    branch.set("b\\C", "Y", "1");
    branch.set("B\\c", "y", "2");
    branch.set("A", "n", 0xfffffffe);
    branch.set("A", "", "d");
    expect(branch.toText("Machine")).toBe(
      [
        "WINE REGISTRY Version 2",
        ";; All keys relative to REGISTRY\\\\Machine",
        "",
        "#arch=win64",
        "",
        "[A] 1577836800",
        "#time=1d5c03669050000",
        '@="d"',
        '"n"=dword:fffffffe',
        "",
        "[b\\\\C] 1577836800",
        "#time=1d5c03669050000",
        '"y"="2"',
        "",
      ].join("\n"),
    );
  });

  it("escapes what would end a name, and all that is not ASCII", () => {
    const branch = new RegistryBranch();
    branch.set("a[1]", 'q"', "tab\t \u00e9\u4e2d");
    branch.set("x", "l", { type: "multi", value: ["p", "q"] });
    branch.set("x", "e", { type: "expand", value: "%A%" });
    branch.set("x", "b", { type: "binary", value: Uint8Array.of(0, 255) });
    const text = branch.toText("Machine");
    expect(text).toContain("[a\\[1\\]]");
    expect(text).toContain('"q\\""="tab\\x0009 \\x00e9\\x4e2d"');
    expect(text).toContain('"l"=str(7):"p\\0q\\0"');
    expect(text).toContain('"e"=str(2):"%A%"');
    expect(text).toContain('"b"=hex:00,ff');
  });

  it("keeps every string value on one line of ASCII that reads back as it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        const branch = new RegistryBranch();
        branch.set("k", "v", value);
        const line =
          branch
            .toText("Machine")
            .split("\n")
            .find((each) => each.startsWith('"v"=')) ?? "";
        expect(line).toMatch(/^[\x20-\x7e]+$/);
        const inner = line.slice('"v"="'.length, -1);
        const read = inner.replace(/\\(x[0-9a-f]{4}|.)/g, (_, code: string) =>
          code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : code,
        );
        expect(read).toBe(value);
      }),
    );
  });
});
