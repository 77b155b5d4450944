import http from "node:http";
import { expect } from "vitest";
import type { TestDaemon } from "./daemon.ts";
import { eventually } from "./host.ts";
import { nodeImage, servicePort } from "./node-image.ts";

/** What a service sent for a page. */
export interface Page {
  readonly status: number;
  readonly text: string;
}

/** A container of the node image, whose service is asked over a published port, and asks others on demand. */
export interface Service {
  readonly name: string;
  /** In the network that it was started in; "" without one. */
  readonly ip: string;
  /** Port of the host that its own is published as. */
  readonly port: number;
  /** The page at a path of the service. */
  ask(path: string): Promise<Page>;
  /** What the service gets from an address, as a client; an error's code where it gets nothing within so many milliseconds. */
  get(url: string, within?: number): Promise<string>;
  /** The address that the service finds for a name, or `ENOTFOUND`. */
  lookUp(name: string): Promise<string>;
  /** What comes back from a service for a datagram. */
  echo(host: string, text: string): Promise<string>;
}

/** Starts a service whose port is published, and waits until it listens. */
export async function startService(daemon: TestDaemon, name: string, words: readonly string[] = []): Promise<Service> {
  const run = ["run", "-d", "--name", name, "-e", `SERVICE_NAME=${name}`, "-p", `${servicePort}`, ...words, nodeImage];
  expect(await daemon.docker(run), name).toMatchObject({ code: 0, stderr: "" });
  await listens(daemon, name);
  return serviceOf(daemon, name);
}

/** Waits until the service of a container says that it listens. */
export async function listens(daemon: TestDaemon, container: string): Promise<void> {
  const listening = async () => (await daemon.docker(["logs", container])).stdout.includes("listens on");
  await eventually(`${container} listens`, listening, 60_000);
}

/** The service of a container that runs. */
export async function serviceOf(daemon: TestDaemon, name: string): Promise<Service> {
  const port = await publishedPort(daemon, name);
  const ask = (path: string): Promise<Page> => getPage(`http://127.0.0.1:${port}${path}`);
  const asked = async (path: string): Promise<string> => (await ask(path)).text.trim();
  return {
    name,
    ip: await addressOf(daemon, name),
    port,
    ask,
    get: (url, within = 10_000) => asked(`/get?url=${encodeURIComponent(url)}&within=${within}`),
    lookUp: (host) => asked(`/lookup?name=${encodeURIComponent(host)}`),
    echo: (host, text) => asked(`/udp?host=${encodeURIComponent(host)}&text=${encodeURIComponent(text)}`),
  };
}

/** The port of the host that a container's is published as. */
export async function publishedPort(daemon: TestDaemon, container: string, port = `${servicePort}/tcp`): Promise<number> {
  const { stdout, stderr } = await daemon.docker(["port", container, port]);
  const number = Number(/:(\d+)$/m.exec(stdout)?.[1]);
  if (!Number.isInteger(number)) throw new Error(`${container} publishes no ${port}: ${stdout}${stderr}`);
  return number;
}

/** The address of a container in a network; in its only one unless it is named. */
export async function addressOf(daemon: TestDaemon, container: string, network?: string): Promise<string> {
  const networks =
    network === undefined ? "range .NetworkSettings.Networks" : `with index .NetworkSettings.Networks ${JSON.stringify(network)}`;
  return (await daemon.docker(["inspect", "-f", `{{${networks}}}{{.IPAddress}}{{end}}`, container])).stdout.trim();
}

/** @throws Error when nothing comes for ten seconds */
export async function getPage(url: string): Promise<Page> {
  const { status, body } = await fetchBytes(url);
  return { status, text: body.toString() };
}

/** Sends a body where there is one, and reads what comes. Without an agent: each request has a connection of its own. */
export function fetchBytes(url: string, sent?: Uint8Array): Promise<{ readonly status: number; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const method = sent === undefined ? "GET" : "PUT";
    const request = http.request(url, { method, agent: false, timeout: 10_000 }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) }));
    });
    request.once("timeout", () => request.destroy(new Error(`nothing from ${url} for 10 s`)));
    request.once("error", reject);
    request.end(sent);
  });
}
