import { describe, expect, it } from "vitest";
import { hostLinkTarget } from "../src/files/link-target.ts";

describe("target of a Windows link on the host", () => {
  it.each([
    ["b", "dir/link", "b"],
    ["..\\b\\c", "dir/link", "../b/c"],
    ["C:\\Windows\\x", "a/b/link", "../../Windows/x"],
    ["\\\\?\\C:\\Windows", "link", "Windows"],
    ["C:\\", "a/link", ".."],
    ["\\Windows", "a/link", "../Windows"],
    ["\\??\\C:\\Windows", "a/link", "../Windows"],
    ["\\??\\D:\\x", "a/link", "D:/x"],
    ["\\??\\Volume{0}\\x", "a/link", ":/Volume{0}/x"],
    ["", "a/link", ":"],
  ])("leads %j of %j to %j", (target, link, expected) => {
    expect(hostLinkTarget(target, link)).toBe(expected);
  });

  it.each(["..\\..\\..\\etc\\passwd", "C:\\..\\..\\etc\\passwd", "\\..\\..\\etc\\passwd", "\\\\server\\share", "D:\\x"])(
    "never leads %j out of the container",
    (target) => {
      const up = hostLinkTarget(target, "a/link").split("/");
      expect(up[0]).not.toBe("");
      expect(up.filter((part) => part === "..").length).toBeLessThanOrEqual(1);
    },
  );
});
