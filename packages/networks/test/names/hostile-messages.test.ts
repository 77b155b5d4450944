import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { endpointRequest } from "@oriel/testkit";
import { decode, encode } from "dns-packet";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { readQuery, udpLimit, writeAnswer, writeRefusal } from "../../src/names/dns-message.ts";
import { parseResolvConf, parseServer } from "../../src/names/host-servers.ts";
import { frameMessage, MessageFrames } from "../../src/names/tcp-frames.ts";
import { nameHost } from "./name-host.ts";

const query = encode({ type: "query", id: 5, flags: 0x100, questions: [{ name: "web.example", type: "A" }] });

/** A question with bytes changed, left out and added. */
const harmed = fc
  .tuple(
    fc.uint8Array({ maxLength: 60 }),
    fc.array(fc.tuple(fc.nat(query.length - 1), fc.nat(255)), { maxLength: 6 }),
    fc.nat(query.length),
  )
  .map(([more, changes, length]) => {
    const message = Buffer.from(query);
    for (const [at, byte] of changes) message[at] = byte;
    return Buffer.concat([message.subarray(0, length), more]);
  });

it("any message is no query, or gets an answer with its id that can be read", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
        harmed,
      ),
      (message) => {
        const read = readQuery(message);
        if (read === undefined) return;
        if ("rcode" in read) {
          expect(decode(writeRefusal(read.id, read.rcode))).toMatchObject({ id: message.readUInt16BE(0), type: "response" });
          return;
        }
        let answer: Buffer;
        try {
          answer = writeAnswer(read, "SERVFAIL", [], udpLimit(read));
        } catch {
          // A name that dns-packet reads and does not write again: the server gives no answer.
          return;
        }
        expect(answer.length).toBeLessThanOrEqual(1232);
        expect(decode(answer)).toMatchObject({ id: message.readUInt16BE(0), type: "response" });
      },
    ),
    { numRuns: 2_000 },
  );
});

it("a response is never answered, as two servers would answer each other for ever", async () => {
  expect(readQuery(encode({ type: "response", id: 1, questions: [{ name: "a", type: "A" }] }))).toBeUndefined();
});

it("a server goes on after any datagram and any stream", async () => {
  const host = await nameHost();
  const net = await host.network("n");
  const { ipAddress } = await host.backend.createEndpoint(endpointRequest(net, "web"));
  const { address, port } = host.addressOf(net);
  await fc.assert(
    fc.asyncProperty(harmed, async (message) => {
      const udp = createSocket("udp4");
      await new Promise<void>((resolve) => udp.bind(0, ipAddress, resolve));
      await new Promise((resolve) => udp.send(message, port, address, resolve));
      udp.close();
      const tcp = connect({ host: address, port, localAddress: ipAddress });
      tcp.on("error", () => undefined);
      await new Promise((resolve) => tcp.end(Buffer.concat([frameMessage(message), message]), () => resolve(undefined)));
      tcp.destroy();
      expect((await host.ask(ipAddress, net, "web")).answers).toMatchObject([{ data: ipAddress }]);
    }),
    { numRuns: 60 },
  );
});

it("a container that keeps as many connections as it can leaves room for the others", async () => {
  const host = await nameHost();
  const net = await host.network("n");
  const [{ ipAddress: greedy }, { ipAddress }] = [
    await host.backend.createEndpoint(endpointRequest(net, "greedy")),
    await host.backend.createEndpoint(endpointRequest(net, "web")),
  ];
  const { address, port } = host.addressOf(net);
  const sockets = Array.from({ length: 300 }, () => connect({ host: address, port, localAddress: greedy }));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve).on("error", resolve))));
  const question = encode({ type: "query", id: 9, questions: [{ name: "web", type: "A" }] });
  const [answer] = await host.askByTcp(ipAddress, net, [question]);
  expect(answer && decode(answer).answers).toMatchObject([{ data: ipAddress }]);
});

it("messages of a stream are put together however it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.array(fc.integer({ min: 1, max: 50 })), (messages, cuts) => {
      const frames = new MessageFrames();
      let rest = Buffer.concat(messages.map((message) => frameMessage(Buffer.from(message))));
      const found: Buffer[] = [];
      for (const cut of cuts) {
        found.push(...frames.push(rest.subarray(0, cut)));
        rest = rest.subarray(cut);
      }
      found.push(...frames.push(rest));
      expect(found.map((message) => [...message])).toEqual(messages.map((message) => [...message]));
    }),
  );
});

it("servers are read from resolv.conf and from --dns, and what is none of them is left out", () => {
  const text = "# a comment\nnameserver 9.9.9.9\n  nameserver\t2001:db8::1 # two\nsearch example.com\nnameserver example.com\nnameserver\n";
  expect(parseResolvConf(text)).toEqual([
    { address: "9.9.9.9", port: 53 },
    { address: "2001:db8::1", port: 53 },
  ]);
  expect(["1.1.1.1:5353", "[2001:db8::1]:54", "1.1.1.1:0", "x:53", ""].map(parseServer)).toEqual([
    { address: "1.1.1.1", port: 5353 },
    { address: "2001:db8::1", port: 54 },
    undefined,
    undefined,
    undefined,
  ]);
});
