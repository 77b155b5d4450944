import type { FakeEngine } from "@oriel/engine-testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Served, serve } from "./serve.ts";
import { readHead, readToEnd } from "./wire.ts";

let served: Served;
let engine: FakeEngine;

beforeEach(async () => {
  served = await serve();
  ({ engine } = served);
  for (const second of [1, 2, 3]) {
    const time = new Date(Date.UTC(2026, 0, 2, 3, 4, second, 500));
    engine.past.push({ type: "container", action: `past-${second}`, actor: { id: "c1", attributes: {} }, time });
  }
});
afterEach(() => served[Symbol.asyncDispose]());

/** Actions of an event stream that ends by itself. */
async function actions(query: string): Promise<string[]> {
  const socket = served.connect(`GET /events?${query} HTTP/1.0\n\n`);
  const { rest } = await readHead(socket);
  const lines = (await readToEnd(socket, rest)).toString().split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line).Action);
}

describe("past events", () => {
  test("are those between since and until, and the answer ends when until is over", async () => {
    expect(await actions("since=2026-01-02T03:04:02Z&until=2026-01-02T03:04:03Z")).toEqual(["past-2"]);
    expect(await actions("since=1767323042&until=1767323044.000000000")).toEqual(["past-2", "past-3"]);
    expect(await actions("until=2026-01-02T03:04:02Z")).toEqual(["past-1"]);
  });

  test("go through the filters as well", async () => {
    expect(await actions('since=1&until=1767323044&filters={"event":["past-3"]}')).toEqual(["past-3"]);
  });

  test("come before those that happen", async () => {
    const socket = served.connect("GET /events?since=2026-01-02T03:04:03Z HTTP/1.0\n\n");
    let text = (await readHead(socket)).rest.toString();
    engine.emit("container", "now", "c2");
    for await (const chunk of socket) {
      text += (chunk as Buffer).toString();
      if (text.includes("now")) break;
    }
    expect(text.match(/"Action":"[^"]+"/g)).toEqual(['"Action":"past-3"', '"Action":"now"']);
  });
});
