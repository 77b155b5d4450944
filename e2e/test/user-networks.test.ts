import dgram from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { eventually, whyNoDocker } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";
import { nodeArchive, servicePort } from "../src/node-image.ts";
import { getPage, publishedPort, type Service, startService } from "../src/service.ts";
import { ordinaryUser, whyNoUserNetworks } from "../src/user-daemon.ts";

const skipped = whyNoDocker() ?? whyNoUserNetworks();
const unreachable = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UNKNOWN)$/;

describe.skipIf(skipped !== undefined)(`networks of an ordinary user's daemon${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let user: Awaited<ReturnType<typeof ordinaryUser>>;
  let daemon: TestDaemon;
  let web: Service;
  let db: Service;

  const succeed = async (...words: string[]): Promise<string> => {
    const result = await daemon.docker(words);
    expect(result, words.join(" ")).toMatchObject({ code: 0, stderr: "" });
    return result.stdout.trim();
  };

  beforeAll(async () => {
    user = await ordinaryUser();
    daemon = await startDaemon(user);
    for (const archive of [await nanoArchive(), await nodeArchive()]) await succeed("load", "-i", archive);
    await succeed("network", "create", "front");
    web = await startService(daemon, "web", ["--network", "front", "-p", `${servicePort}/udp`]);
    db = await startService(daemon, "db", ["--network", "front", "--network-alias", "database"]);
  });

  afterAll(() => daemon?.dispose());

  it("are its own: docker info warns of none, and the host has no link of them", async () => {
    expect(await succeed("info", "-f", "{{.SecurityOptions}}")).toContain("name=rootless");
    expect(await succeed("info", "-f", "{{.Warnings}}")).not.toMatch(/network/);
    expect(readFileSync("/proc/net/fib_trie", "latin1")).not.toContain(db.ip);
  });

  it("let services find each other by name, alias and address, and not across networks", async () => {
    for (const name of ["db", "database", "db.front"]) expect(await web.lookUp(name), name).toBe(db.ip);
    for (const name of ["database", db.ip]) expect(await web.get(`http://${name}:${servicePort}/`), name).toBe("I am db");
    expect(await web.echo("database", "hello")).toBe("db: hello");
    const stranger = await startService(daemon, "stranger");
    expect(await stranger.lookUp("db")).toBe("ENOTFOUND");
    expect(await stranger.get(`http://${db.ip}:${servicePort}/`, 1_500)).toMatch(unreachable);
    await succeed("network", "connect", "front", "stranger");
    expect(await stranger.get(`http://db:${servicePort}/`)).toBe("I am db");
    await succeed("rm", "-f", "stranger");
  });

  it("publish tcp and udp ports on loopback and on the host's addresses, which containers reach, too", async () => {
    const udp = await publishedPort(daemon, "web", `${servicePort}/udp`);
    for (const address of ["127.0.0.1", ...addressesOfHost()]) {
      expect(await getPage(`http://${address}:${web.port}/`), address).toEqual({ status: 200, text: "I am web\n" });
      const client = dgram.createSocket("udp4");
      client.send("hi", udp, address);
      expect(String((await once(client, "message", { signal: AbortSignal.timeout(10_000) }))[0]), address).toBe("web: hi");
      client.close();
    }
    for (const address of addressesOfHost()) expect(await db.get(`http://${address}:${web.port}/`), address).toBe("I am web");
  });

  it("lead outside, and not to what listens at the host's loopback addresses", async () => {
    const server = net.createServer((socket) => void socket.end("HTTP/1.0 200 OK\r\n\r\nout")).listen(0, "0.0.0.0");
    const hidden = net.createServer((socket) => void socket.end("HTTP/1.0 200 OK\r\n\r\nhidden")).listen(0, "127.0.0.1");
    await Promise.all([once(server, "listening"), once(hidden, "listening")]);
    const [open, closed] = [server, hidden].map((each) => (each.address() as net.AddressInfo).port);
    for (const address of addressesOfHost()) expect(await web.get(`http://${address}:${open}/`), address).toBe("out");
    const gateway = await succeed("network", "inspect", "-f", "{{(index .IPAM.Config 0).Gateway}}", "front");
    for (const address of ["198.19.255.2", gateway, ...addressesOfHost()]) {
      expect(await web.get(`http://${address}:${closed}/`, 1_500), address).toMatch(unreachable);
    }
    server.close();
    hidden.close();
  });

  it("refuse a port that another program has, and say why one is too low", async () => {
    const listener = net.createServer().listen(0, "0.0.0.0");
    await once(listener, "listening");
    const { port } = listener.address() as net.AddressInfo;
    const taken = await daemon.docker(["run", "--rm", "-p", `${port}:80`, "oriel/nano", "cmd", "/c", "exit"]);
    expect(taken).toMatchObject({ code: 125, stderr: expect.stringContaining(`port ${port} of this host is in use`) });
    listener.close();
    const lowest = Number(await readFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
    const low = await daemon.docker(["run", "--rm", "-p", "127.0.0.1:81:80", "oriel/nano", "cmd", "/c", "exit"]);
    if (lowest > 81) expect(low).toMatchObject({ code: 125, stderr: expect.stringContaining("ip_unprivileged_port_start") });
    else expect(low).toMatchObject({ code: 0 });
  });

  it("are gone with a daemon that is killed, and there again after its next start", async () => {
    const own = await partsOf(daemon);
    expect(own.length).toBeGreaterThanOrEqual(3);
    await daemon.end("SIGKILL");
    const left = async (): Promise<boolean> => (await Promise.all(own.map(commandOf))).every((command) => command === "");
    await eventually("nothing of the networks is left", left, 20_000);
    daemon = await startDaemon(user);
    for (const name of ["web", "db"]) await succeed("start", name);
    const port = await publishedPort(daemon, "web");
    const greeting = async (): Promise<boolean> =>
      getPage(`http://127.0.0.1:${port}/get?within=5000&url=http://database:${servicePort}/`).then(
        ({ text }) => text.trim() === "I am db",
        () => false,
      );
    await eventually("web finds database", greeting, 60_000);
  });
});

/** Processes that hold the networks of a daemon: not its containers. */
async function partsOf({ process: { pid = 0 } }: TestDaemon): Promise<number[]> {
  const all: number[] = [];
  const add = async (parent: number): Promise<void> => {
    const children = await readFile(`/proc/${parent}/task/${parent}/children`, "latin1").catch(() => "");
    for (const child of children
      .split(" ")
      .filter((word) => word !== "")
      .map(Number)) {
      if (/slirp4netns|pasta|relay-program|^cat/.test(await commandOf(child))) all.push(child);
      await add(child);
    }
  };
  await add(pid);
  return all;
}

async function commandOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")).replaceAll("\0", " ");
}

function addressesOfHost(): string[] {
  const cards = Object.values(os.networkInterfaces()).flatMap((found) => found ?? []);
  return cards.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}
