import { randomBytes } from "node:crypto";
import dgram from "node:dgram";
import net from "node:net";
import os from "node:os";
import { chromium as browserType } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { chromium, eventually, whyNoNetworks } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";
import { nodeArchive, nodeImage, servicePort } from "../src/node-image.ts";
import { addressOf, fetchBytes, getPage, listens, publishedPort, type Service, serviceOf, startService } from "../src/service.ts";

const skipped = whyNoNetworks();
const image = "oriel/nano";
/** The long form has 50. */
const many = Number(process.env.ORIEL_MANY ?? 12);
/** Milliseconds for what is not to be reached: what is dropped says nothing. */
const short = 1_500;
const unreachable = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL|UNKNOWN)$/;

describe.skipIf(skipped !== undefined)(`services of networks${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;
  let web: Service;
  let db: Service;
  let stranger: Service;

  const docker = (...words: string[]) => daemon.docker(words);
  const succeed = async (...words: string[]): Promise<string> => {
    const result = await daemon.docker(words);
    expect(result, words.join(" ")).toMatchObject({ code: 0, stderr: "" });
    return result.stdout.trim();
  };

  beforeAll(async () => {
    daemon = await startDaemon();
    for (const archive of [await nanoArchive(), await nodeArchive()]) await succeed("load", "-i", archive);
    for (const network of ["front", "back"]) await succeed("network", "create", network);
    [web, db, stranger] = await Promise.all([
      startService(daemon, "web", ["--network", "front", "-p", `${servicePort}/udp`]),
      startService(daemon, "db", ["--network", "front", "--network-alias", "database", "--hostname", "store"]),
      startService(daemon, "stranger", ["--network", "back"]),
    ]);
  });

  afterAll(() => daemon?.dispose());

  it("a service finds another of its network by name, alias, host name, short id and address, whatever the case", async () => {
    const shortId = (await succeed("inspect", "-f", "{{.Id}}", "db")).slice(0, 12);
    for (const name of ["db", "database", "store", shortId, "DB", "db.front"]) expect(await web.lookUp(name), name).toBe(db.ip);
    for (const name of ["db", "database", db.ip]) expect(await web.get(`http://${name}:${servicePort}/`), name).toBe("I am db");
    expect(await web.echo("database", "hello")).toBe("db: hello");
    expect(await db.get(`http://web:${servicePort}/`)).toBe("I am web");
  });

  it("neither name nor address leads into a network that a service is not in", async () => {
    expect(await stranger.lookUp("db")).toBe("ENOTFOUND");
    expect(await stranger.get(`http://${db.ip}:${servicePort}/`, short)).toMatch(unreachable);
    expect(await db.get(`http://${stranger.ip}:${servicePort}/`, short)).toMatch(unreachable);
  });

  it("ipconfig, netstat and ping in the container show what docker inspect says", async () => {
    const settings = await succeed("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.Gateway}} {{.MacAddress}}{{end}}", "db");
    const [gateway = "", mac = ""] = settings.split(" ");
    const adapters = await succeed("exec", "db", "ipconfig", "/all");
    expect(adapters).toMatch(new RegExp(`IPv4 address[ .]*: ${db.ip.replaceAll(".", "\\.")}\\b`));
    expect(adapters).toMatch(new RegExp(`Default gateway[ .]*: ${gateway.replaceAll(".", "\\.")}\\b`));
    expect(adapters.toLowerCase()).toContain(mac.replaceAll(":", "-"));
    expect(await succeed("exec", "db", "netstat", "-a")).toContain(`:${servicePort}`);
    expect(await succeed("exec", "db", "ping", "-n", "1", "web")).toContain(`Reply from ${web.ip}`);
  });

  it("a published port serves tcp on loopback and on the host's addresses, and to containers of other networks", async () => {
    expect(await getPage(`http://127.0.0.1:${web.port}/`)).toEqual({ status: 200, text: "I am web\n" });
    for (const address of addressesOfHost()) {
      expect(await getPage(`http://${address}:${web.port}/`), address).toEqual({ status: 200, text: "I am web\n" });
      expect(await stranger.get(`http://${address}:${web.port}/`), address).toBe("I am web");
      expect(await db.get(`http://${address}:${web.port}/`), address).toBe("I am web");
    }
  });

  it("a published port serves udp", async () => {
    const port = await publishedPort(daemon, "web", `${servicePort}/udp`);
    for (const address of ["127.0.0.1", ...addressesOfHost()]) expect(await echoFrom(address, port, "hi"), address).toBe("web: hi");
  });

  it("docker port, ps and inspect say the same of published ports", async () => {
    const udp = await publishedPort(daemon, "web", `${servicePort}/udp`);
    const ports = await succeed("port", "web");
    expect(ports.split("\n").sort()).toEqual([`${servicePort}/tcp -> 0.0.0.0:${web.port}`, `${servicePort}/udp -> 0.0.0.0:${udp}`]);
    const shown = await succeed("ps", "--filter", "name=web", "--format", "{{.Ports}}");
    expect(new Set(shown.split(", "))).toEqual(new Set([`0.0.0.0:${web.port}->${servicePort}/tcp`, `0.0.0.0:${udp}->${servicePort}/udp`]));
  });

  it("a port that is taken is refused with the name of who has it, and leaves nothing", async () => {
    const refused = await docker("run", "--name", "late", "-p", `${web.port}:80`, image, "cmd", "/c", "exit");
    expect(refused).toMatchObject({ code: 125, stderr: expect.stringMatching(new RegExp(`port ${web.port}/tcp .*\\bweb\\b`)) });
    const listener = net.createServer();
    await new Promise<void>((resolve) => listener.listen(0, "0.0.0.0", resolve));
    try {
      const { port } = listener.address() as net.AddressInfo;
      const other = await docker("run", "--name", "later", "-p", `${port}:80`, image, "cmd", "/c", "exit");
      expect(other).toMatchObject({ code: 125, stderr: expect.stringContaining(`${port}`) });
    } finally {
      listener.close();
    }
    const connected = await succeed("network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{end}}", "nat");
    expect(connected).toBe("");
    await succeed("rm", "late", "later");
  });

  it("20 MB through a published port arrive byte by byte, in both directions", async () => {
    const count = 20_000_000;
    const { body } = await fetchBytes(`http://127.0.0.1:${web.port}/bytes?count=${count}`);
    expect(body.length).toBe(count);
    const expected = Buffer.alloc(count);
    for (let at = 0; at + 4 <= count; at += 4) expected.writeUInt32LE(at, at);
    expect(body.equals(expected)).toBe(true);
    const sent = randomBytes(count);
    const echoed = await fetchBytes(`http://127.0.0.1:${web.port}/`, sent);
    expect(echoed.body.equals(sent)).toBe(true);
  });

  it("a container is connected to a further network and disconnected from it while it runs", async () => {
    await succeed("network", "connect", "--alias", "guest", "front", "stranger");
    const ip = await addressOf(daemon, "stranger", "front");
    expect(await web.lookUp("guest")).toBe(ip);
    expect(await web.get(`http://guest:${servicePort}/`)).toBe("I am stranger");
    expect(await stranger.get(`http://db:${servicePort}/`)).toBe("I am db");
    expect(await succeed("exec", "stranger", "ipconfig")).toContain(ip);
    await succeed("network", "disconnect", "front", "stranger");
    expect(await web.lookUp("guest")).toBe("ENOTFOUND");
    expect(await stranger.lookUp("db")).toBe("ENOTFOUND");
    expect(await stranger.get(`http://${db.ip}:${servicePort}/`, short)).toMatch(unreachable);
    expect(await stranger.ask("/")).toEqual({ status: 200, text: "I am stranger\n" });
  });

  it("none has loopback only", async () => {
    const adapters = await docker("run", "--rm", "--network", "none", image, "ipconfig");
    expect(adapters).toMatchObject({ code: 0, stderr: "" });
    expect(adapters.stdout.match(/IPv4 address[ .]*: (\S+)/g)?.map((line) => line.split(" ").at(-1))).toEqual(["127.0.0.1"]);
    const pings = await docker("run", "--rm", "--network", "none", image, "cmd", "/c", `ping -n 1 127.0.0.1& ping -n 1 ${db.ip}`);
    expect(pings.stdout).toContain("Reply from 127.0.0.1");
    expect(pings.stdout).not.toContain(`Reply from ${db.ip}`);
  });

  it("an internal network connects its containers, and leads nowhere else", async () => {
    await succeed("network", "create", "--internal", "inner");
    for (const name of ["in1", "in2"])
      await succeed("run", "-d", "--name", name, "-e", `SERVICE_NAME=${name}`, "--network", "inner", nodeImage);
    await Promise.all(["in1", "in2"].map((name) => listens(daemon, name)));
    const urls = [`in2:${servicePort}`, `${db.ip}:${servicePort}`, ...addressesOfHost().map((address) => `${address}:${web.port}`)];
    const query = new URLSearchParams({ within: "5000" });
    for (const url of urls) query.append("url", `http://${url}/`);
    const got = JSON.parse(await succeed("exec", "in1", "node", "-e", clientOf(`/each?${query}`))) as string[];
    expect(got[0]).toBe("I am in2");
    for (const [index, text] of got.entries()) if (index > 0) expect(text, urls[index]).toMatch(unreachable);
    await succeed("rm", "-f", "in1", "in2");
    await succeed("network", "rm", "inner");
  });

  it("container: shares adapters, addresses and loopback of the other", async () => {
    const adapters = await succeed("run", "--rm", "--network", "container:web", image, "ipconfig");
    expect(adapters).toContain(web.ip);
    const page = await succeed("run", "--rm", "--network", "container:web", nodeImage, "node", "-e", clientOf("/"));
    expect(page).toBe("I am web");
  });

  it(`${many} containers of a network at once have an address of their own each, and are found by name`, {
    timeout: 60_000 + many * 8_000,
  }, async () => {
    await succeed("network", "create", "crowd");
    await succeed("network", "connect", "crowd", "web");
    const names = Array.from({ length: many }, (_, index) => `member-${index}`);
    const left = [...names];
    const start = async (): Promise<void> => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        await succeed("run", "-d", "--name", name, "--network", "crowd", image, "ping", "-n", "1000", "127.0.0.1");
      }
    };
    await Promise.all(Array.from({ length: 4 }, start));
    const addresses = new Map<string, string>();
    for (const name of names) addresses.set(name, await addressOf(daemon, name));
    expect(new Set(addresses.values()).size).toBe(many);
    for (const [name, address] of addresses) expect(await web.lookUp(name), name).toBe(address);
    for (const name of [names[0] ?? "", names.at(-1) ?? ""]) {
      expect(await succeed("exec", name, "ping", "-n", "1", "web"), name).toContain("Reply from");
    }
    const inspected = JSON.parse(await succeed("network", "inspect", "-f", "{{json .Containers}}", "crowd")) as Record<string, unknown>;
    expect(Object.keys(inspected)).toHaveLength(many + 1);
    await succeed("rm", "-f", ...names);
    await succeed("network", "disconnect", "crowd", "web");
    await succeed("network", "rm", "crowd");
  });

  const executablePath = chromium();
  it.skipIf(executablePath === undefined)(
    `a page of a service is opened in a browser${executablePath ? "" : " (skipped: Chromium is not installed)"}`,
    async () => {
      const browser = await browserType.launch({ executablePath: executablePath ?? "", args: ["--no-sandbox", "--disable-gpu"] });
      try {
        const page = await browser.newPage();
        await page.goto(`http://127.0.0.1:${web.port}/page`);
        expect(await page.title()).toBe("web");
        expect(await page.locator("h1").textContent()).toBe("Served by web");
        expect(await page.locator("p").textContent()).toBe("2");
      } finally {
        await browser.close();
      }
    },
  );

  it("a restarted service has its names and its port again; a removed one gives them back", async () => {
    await succeed("restart", "-t", "1", "db");
    await eventually("db serves again", async () => (await web.get(`http://database:${servicePort}/`)) === "I am db", 60_000);
    const { port } = await serviceOf(daemon, "db");
    await succeed("rm", "-f", "db");
    expect(await web.lookUp("database")).toBe("ENOTFOUND");
    await expect(getPage(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(await docker("network", "rm", "front")).toMatchObject({ code: 1, stderr: expect.stringContaining("has active endpoints") });
  });
});

/** What a container asks its own service for. */
function clientOf(path: string): string {
  return `require("http").get("http://127.0.0.1:${servicePort}${path}", (response) => response.pipe(process.stdout))`;
}

function addressesOfHost(): string[] {
  return Object.entries(os.networkInterfaces())
    .filter(([name]) => !/^or[0-9a-f]{6}/.test(name))
    .flatMap(([, addresses = []]) => addresses)
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);
}

function echoFrom(address: string, port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket("udp4");
    const timer = setTimeout(() => done(() => reject(new Error(`no echo from ${address}:${port} for 10 s`))), 10_000);
    const done = (report: () => void): void => {
      clearTimeout(timer);
      socket.close();
      report();
    };
    socket.once("message", (message) => done(() => resolve(message.toString())));
    socket.once("error", (error) => done(() => reject(error)));
    socket.send(text, port, address);
  });
}
