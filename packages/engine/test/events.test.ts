import { describe, expect, it } from "vitest";
import type { EngineEvent } from "../src/engine-api.ts";
import { EventBus } from "../src/events/events.ts";
import { BoundedQueue } from "../src/io/bounded-queue.ts";

const event = (action: string): EngineEvent => ({ type: "container", action, actor: { id: "c1", attributes: {} }, time: new Date(0) });

async function actions(events: AsyncIterable<EngineEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { action } of events) seen.push(action);
  return seen;
}

describe("events", () => {
  it("reach a subscriber from its subscription on, not from its first read", async () => {
    const bus = new EventBus();
    bus.publish(event("before"));
    const events = bus.subscribe();
    bus.publish(event("create"));
    bus.publish(event("start"));
    bus.close();
    expect(await actions(events)).toEqual(["create", "start"]);
    expect(await actions(bus.subscribe())).toEqual([]);
  });

  it("end when the subscriber's signal aborts, after what was on its way", async () => {
    const bus = new EventBus();
    const control = new AbortController();
    const events = bus.subscribe(control.signal);
    bus.publish(event("create"));
    control.abort();
    bus.publish(event("start"));
    expect(await actions(events)).toEqual(["create"]);
    expect(await actions(bus.subscribe(control.signal))).toEqual([]);
  });

  it("are bounded: a subscriber that does not read loses the rest, and is told so; others do not", async () => {
    const bus = new EventBus(3);
    const slow = bus.subscribe();
    const quick = bus.subscribe();
    const reader = quick[Symbol.asyncIterator]();
    for (let index = 0; index < 5; index += 1) {
      bus.publish(event(String(index)));
      expect((await reader.next()).value?.action).toBe(String(index));
    }
    const seen: string[] = [];
    await expect(
      (async () => {
        for await (const { action } of slow) seen.push(action);
      })(),
    ).rejects.toThrow(expect.objectContaining({ code: "Unavailable", message: expect.stringContaining("fell 3 events behind") }));
    expect(seen).toEqual(["0", "1", "2"]);
  });
});

describe("a bounded queue", () => {
  it("keeps writers waiting while it is full, and frees them when it is read, lifted or closed", async () => {
    for (const free of ["read", "removeLimit", "close"] as const) {
      const queue = new BoundedQueue<string>(10);
      queue.push("twelve bytes", 12);
      let isFree = false;
      const waiting = queue.hasRoom().then(() => {
        isFree = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(isFree).toBe(false);
      if (free === "read") await queue[Symbol.asyncIterator]().next();
      else queue[free]();
      await waiting;
    }
  });

  it("tells when its reader goes, drops what was left, and takes nothing more", async () => {
    let closed = 0;
    const queue = new BoundedQueue<number>(10, () => {
      closed += 1;
    });
    queue.push(1);
    queue.push(2);
    for await (const _ of queue) break;
    expect(closed).toBe(1);
    queue.push(3);
    const rest: number[] = [];
    for await (const value of queue) rest.push(value);
    expect(rest).toEqual([]);
  });
});
