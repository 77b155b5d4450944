import { describe, expect, it } from "vitest";
import { chainIds, digestOf, isDigest, shortId } from "../../src/content/digest.ts";

describe("digests", () => {
  // Made with: printf '%s %s' sha256:<aa…> sha256:<bb…> | sha256sum
  it("makes chain ids as the OCI image specification says", () => {
    const [a, b, c] = ["a", "b", "c"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string, string];
    const second = digestOf(`${a} ${b}`);
    expect(second).toBe("sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c");
    expect(chainIds([a, b, c])).toEqual([a, second, digestOf(`${second} ${c}`)]);
    expect(chainIds([])).toEqual([]);
  });

  it("tells digests from other text", () => {
    expect(isDigest(digestOf(""))).toBe(true);
    for (const text of ["", "sha256:", `sha256:${"A".repeat(64)}`, `sha512:${"a".repeat(64)}`, `sha256:${"a".repeat(65)}`]) {
      expect(isDigest(text), text).toBe(false);
    }
    expect(shortId(`sha256:${"0123456789abcdef".repeat(4)}`)).toBe("0123456789ab");
  });
});
