import { describe, expect, it } from "vitest";
import { processEnvironment } from "../src/guest/environment.ts";

const build = (registry: string[], document: Record<string, string>) =>
  processEnvironment({ registry, document, user: "ContainerAdministrator", computerName: "BOX" });

describe("environment of a process", () => {
  it("takes the document's value over the registry's, whatever the case of the name, and keeps the document's spelling", () => {
    const block = build(["Path=C:\\registry"], { PATH: "C:\\document" });
    expect(block.filter((entry) => /^path=/i.test(entry))).toEqual(["PATH=C:\\document"]);
  });

  it("takes names for the same that Windows does: é is É, and neither ß, ı nor ſ is another letter", () => {
    const names = ["É", "é", "ß", "SS", "ı", "I", "ſ", "S"];
    const block = build([], Object.fromEntries(names.map((name) => [`X${name}`, "1"])));
    expect(block.filter((entry) => entry.startsWith("X")).sort()).toEqual(["Xé=1", "Xß=1", "XSS=1", "Xı=1", "XI=1", "Xſ=1", "XS=1"].sort());
  });

  it("hides what Wine and the agent keep there", () => {
    const block = build(["WINEPREFIX=/x", "WineDataDir=y", "ORIEL_REQUESTS=z", "LC_ALL=C.UTF-8", "LC_TIME=de"], {});
    expect(block.filter((entry) => /^(wine|oriel|lc_)/i.test(entry))).toEqual(["LC_TIME=de"]);
  });

  it("tells nothing of the host's user and name", () => {
    const block = build(["USERNAME=root", "HOMEPATH=\\users\\root", "LOGONSERVER=\\\\HOST", "COMPUTERNAME=HOST"], {});
    expect(block.filter((entry) => /root|HOST/.test(entry))).toEqual([]);
    expect(block).toContain("COMPUTERNAME=BOX");
    expect(block).toContain("USERPROFILE=C:\\Users\\ContainerAdministrator");
    expect(block).toContain("LOGONSERVER=\\\\BOX");
  });

  it("keeps values with equals signs and the hidden variables of drives", () => {
    expect(build(["=C:=C:\\dir"], { A: "b=c" })).toEqual(expect.arrayContaining(["=C:=C:\\dir", "A=b=c"]));
  });

  it("is sorted without case, as Windows keeps blocks", () => {
    const names = build([], { zeta: "1", Alpha: "2", BETA: "3" }).map((entry) => entry.slice(0, entry.indexOf("=")).toUpperCase());
    expect(names).toEqual([...names].sort());
  });
});
