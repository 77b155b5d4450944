import { describe, expect, it } from "vitest";
import { withPart } from "../marked-part.ts";

describe("a marked part of a text", () => {
  const text = "before\n<!-- a: made by x -->\nold\n<!-- /a -->\nafter <!-- b: y --><!-- /b -->";

  it("is replaced, and all else stays", () => {
    const replaced = withPart(text, "a", "new $& part");
    expect(replaced).toBe("before\n<!-- a: made by x -->\n\nnew $& part\n\n<!-- /a -->\nafter <!-- b: y --><!-- /b -->");
    expect(withPart(replaced, "a", "new $& part")).toBe(replaced);
  });

  it("must have its markers", () => {
    expect(() => withPart(text, "c", "x")).toThrow("<!-- c: … -->");
  });
});
