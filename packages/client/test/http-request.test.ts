import { Agent } from "node:http";
import { Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { parseClientAddress } from "../src/client-address.ts";
import { sendRequest } from "../src/http-request.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("a request to a host that does not take the connection fails after 10 seconds", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const agent = new Agent();
  const socket = Object.assign(new Socket(), { connecting: true });
  agent.createConnection = () => socket;
  const sending = sendRequest(parseClientAddress("tcp://192.0.2.1:2375"), { method: "GET", path: "/", agent });
  const failed = expect(sending).rejects.toThrow("cannot reach tcp://192.0.2.1:2375: there was no connection within 10 seconds");
  await vi.advanceTimersByTimeAsync(10_000);
  await failed;
  expect(socket.destroyed).toBe(true);
});
