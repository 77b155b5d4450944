import { describe, expect, it } from "vitest";
import type { ImageName } from "../../src/catalog/image-catalog.ts";
import { planRemoval, type RemovalRequest } from "../../src/catalog/image-removal.ts";

const imageId = `sha256:${"ab".repeat(32)}`;
const digest = `sha256:${"cd".repeat(32)}`;
const tag = (repository: string, text: string): ImageName => ({ name: `${repository}:${text}`, repository, kind: "tag" });
const byDigest = (repository: string): ImageName => ({ name: `${repository}@${digest}`, repository, kind: "digest" });
const a = "docker.io/library/a";
const b = "docker.io/library/b";
const plan = (request: Partial<RemovalRequest>) =>
  planRemoval({ imageId, reference: "a:1", names: [tag(a, "1")], force: false, using: [], running: [], ...request });

describe("what removing an image means", () => {
  it("takes digests of a repository away with its last tag, and then the image", () => {
    expect(plan({ names: [tag(a, "1"), byDigest(a)] })).toEqual({ untag: [`${a}:1`, `${a}@${digest}`], deleteImage: true });
    expect(plan({ names: [tag(a, "1"), tag(a, "2"), byDigest(a)] })).toEqual({ untag: [`${a}:1`], deleteImage: false });
    expect(plan({ names: [tag(a, "1"), byDigest(a), tag(b, "1")] })).toEqual({ untag: [`${a}:1`, `${a}@${digest}`], deleteImage: false });
  });

  it("takes a digest alone away without the tags of its repository", () => {
    const names = [tag(a, "1"), byDigest(a)];
    expect(plan({ reference: `a@${digest}`, names })).toEqual({ untag: [`${a}@${digest}`], deleteImage: false });
    expect(plan({ reference: `a:1@${digest}`, names })).toEqual({ untag: [`${a}@${digest}`], deleteImage: false });
  });

  it("keeps an image without names that a container still needs", () => {
    expect(plan({ force: true, using: ["c"] })).toEqual({ untag: [`${a}:1`], deleteImage: true });
    expect(plan({ force: true, using: ["c"], running: ["c"] })).toEqual({ untag: [`${a}:1`], deleteImage: false });
    expect(plan({ names: [tag(a, "1"), tag(b, "1")], using: ["c"] })).toEqual({ untag: [`${a}:1`], deleteImage: false });
  });

  it("by id takes one tag and the digests of its repository", () => {
    expect(plan({ reference: "abab", names: [tag(a, "1"), byDigest(a)] })).toEqual({
      untag: [`${a}:1`, `${a}@${digest}`],
      deleteImage: true,
    });
    expect(plan({ reference: "sha256:abab", names: [] })).toEqual({ untag: [], deleteImage: true });
    for (const names of [
      [tag(a, "1"), tag(a, "2")],
      [tag(a, "1"), byDigest(b)],
      [byDigest(a), byDigest(b)],
    ]) {
      expect(() => plan({ reference: "abab", names })).toThrowError(
        "conflict: unable to delete abababababab (must be forced) - image is referenced in multiple repositories",
      );
      expect(plan({ reference: "abab", names, force: true }).untag).toHaveLength(2);
    }
  });
});
