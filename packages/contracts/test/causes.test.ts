import { expect, test } from "vitest";
import { causesOf } from "../src/index.ts";

test("the causes of an error come outermost first, up to the first that is no Error", () => {
  const inner = new Error("inner", { cause: "words" });
  const outer = new Error("outer", { cause: inner });
  expect([...causesOf(outer)]).toEqual([outer, inner]);
  expect([...causesOf("words")]).toEqual([]);
});

test("an error that causes itself comes once", () => {
  const error = new Error("circle");
  error.cause = new Error("inner", { cause: error });
  expect([...causesOf(error)].map(({ message }) => message)).toEqual(["circle", "inner"]);
});
