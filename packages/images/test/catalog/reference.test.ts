import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalReference, familiarReference, parseReference, withDefaultTag } from "../../src/catalog/reference.ts";

const hex = "0123456789abcdef".repeat(4);

describe("image references", () => {
  it.each([
    ["nano", "docker.io/library/nano:latest", "nano:latest"],
    ["nano:1", "docker.io/library/nano:1", "nano:1"],
    ["oriel/nano", "docker.io/oriel/nano:latest", "oriel/nano:latest"],
    ["docker.io/nano", "docker.io/library/nano:latest", "nano:latest"],
    ["index.docker.io/library/nano:x", "docker.io/library/nano:x", "nano:x"],
    ["docker.io/library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"],
    ["localhost/nano", "localhost/nano:latest", "localhost/nano:latest"],
    ["localhost:5000/nano:1", "localhost:5000/nano:1", "localhost:5000/nano:1"],
    ["Registry/nano", "Registry/nano:latest", "Registry/nano:latest"],
    ["[::1]:5000/a/b", "[::1]:5000/a/b:latest", "[::1]:5000/a/b:latest"],
    [
      "mcr.microsoft.com/windows/nanoserver:ltsc2022",
      "mcr.microsoft.com/windows/nanoserver:ltsc2022",
      "mcr.microsoft.com/windows/nanoserver:ltsc2022",
    ],
    [`nano@sha256:${hex}`, `docker.io/library/nano@sha256:${hex}`, `nano@sha256:${hex}`],
    [`nano:1@sha256:${hex}`, `docker.io/library/nano:1@sha256:${hex}`, `nano:1@sha256:${hex}`],
    ["a__b-.c".replace("-.", "---"), "docker.io/library/a__b---c:latest", "a__b---c:latest"],
  ])("reads %s", (text, canonical, familiar) => {
    const reference = withDefaultTag(parseReference(text));
    expect(canonicalReference(reference)).toBe(canonical);
    expect(familiarReference(reference)).toBe(familiar);
  });

  it.each([
    ["Foo", "invalid reference format: repository name (library/Foo) must be lowercase"],
    ["oriel/Nano:1", "invalid reference format: repository name (oriel/Nano) must be lowercase"],
    [hex, `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`],
    ["", "invalid reference format"],
    ["a:", "invalid reference format"],
    ["a b", "invalid reference format"],
    ["../a", "invalid reference format"],
    ["a//b", "invalid reference format"],
    ["a___b", "invalid reference format"],
    [`a:${"t".repeat(129)}`, "invalid reference format"],
    ["a".repeat(256), "invalid reference format: repository name must not be more than 255 characters"],
    [`a@sha256:${hex.slice(1)}`, "invalid reference format: invalid checksum digest length"],
    [`a@sha512:${hex}`, "invalid reference format: unsupported digest algorithm"],
    [`a@sha256:${hex.toUpperCase()}`, "invalid reference format: invalid checksum digest format"],
  ])("refuses %s", (text, message) => {
    expect(() => parseReference(text)).toThrowError(expect.objectContaining({ code: "InvalidArgument", message }));
  });

  it("shows every reference so that it reads back as the same", () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,6}([._-][a-z0-9]{1,4})?$/);
    const arbitrary = fc.record({
      domain: fc.constantFrom("docker.io", "localhost", "registry.example", "registry.example:5000"),
      parts: fc.array(component, { minLength: 1, maxLength: 3 }),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined }),
      digest: fc.option(fc.constant(`sha256:${hex}`), { nil: undefined }),
    });
    fc.assert(
      fc.property(arbitrary, ({ domain, parts, tag, digest }) => {
        const path = domain === "docker.io" && parts.length === 1 ? `library/${parts[0]}` : parts.join("/");
        const reference = { domain, path, tag, digest };
        // `docker.io/localhost/x` has no short form in Docker's grammar either: it would read as a registry.
        fc.pre(domain !== "docker.io" || !(parts.length > 1 && (parts[0] === "localhost" || parts[0]?.includes("."))));
        expect(parseReference(familiarReference(reference))).toEqual(reference);
        expect(parseReference(canonicalReference(reference))).toEqual(reference);
      }),
    );
  });

  it("returns any text with a reference or InvalidArgument, quickly", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        try {
          expect(canonicalReference(parseReference(text))).toContain("/");
        } catch (error) {
          expect(error).toMatchObject({ code: "InvalidArgument" });
        }
      }),
    );
    expect(() => parseReference(`${"a-".repeat(50_000)}!`)).toThrowError("invalid reference format");
  });
});
