import { once } from "node:events";
import { connect, createServer } from "node:net";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { networkFacts } from "../src/host/network-facts.ts";
import { mayMakeNetworks } from "../src/host-network/find-link-host.ts";
import { baseLayer, noContainer } from "./emulated-container.ts";
import { NetworkTrial } from "./network/network-trial.ts";

const skipped = noContainer === undefined ? "" : ` (skipped: ${noContainer})`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function get(port: number, request: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  socket.end(request);
  return (await buffer(socket)).toString();
}

describe("a daemon may make networks", () => {
  it("with the capabilities for it only, for every user", () => {
    expect(mayMakeNetworks("Name:\tnode\nCapEff:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\n")).toBe(true);
    // Docker's default for a container.
    expect(mayMakeNetworks("CapEff:\t00000000a80425fb\n")).toBe(false);
    expect(mayMakeNetworks("CapEff:\t0000000000000000\n")).toBe(false);
  });
});

describe.skipIf(noContainer !== undefined)(`containers that use the host's own network${skipped}`, () => {
  let shared: Awaited<ReturnType<typeof baseLayer>>;
  let trial: NetworkTrial;
  let count = 0;

  beforeAll(async () => {
    shared = await baseLayer();
  });
  afterAll(() => shared.remove());
  beforeEach(async () => {
    count += 1;
    trial = new NetworkTrial(path.join(shared.folder, `engine-${count}`), shared.base, { network: "host", rootfs: "copy" });
    await trial.hcs.start();
  });
  afterEach(() => trial.close());

  it("serve at published ports, forwarded or as they are, and reach the host's services", async () => {
    const network = await trial.network("one");
    const [inner, outer, same] = [await freePort(), await freePort(), await freePort()];
    const Policies = [
      { Type: "NAT", Protocol: "tcp", InternalPort: inner, ExternalPort: outer },
      { Type: "NAT", Protocol: "tcp", InternalPort: same, ExternalPort: same },
    ];
    const container = await trial.container([await trial.endpoint(network, { Policies })]);
    await container.serve("tcp", inner);
    await container.serve("tcp", same);
    expect(await get(outer, "forwarded")).toBe("forwarded");
    expect(await get(same, "as it is")).toBe("as it is");
    const server = createServer((socket) => void socket.end("host")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { readonly port: number };
    expect(await container.run(`peer.exe get 127.0.0.1 ${port} x`)).toBe("host");
    expect(await container.run(`peer.exe find ${container.id}`)).toContain("127.0.0.1");
    server.close();
  });

  it("have a loopback address only without an endpoint, and can be given none while they run", async () => {
    const container = await trial.container([]);
    const server = createServer((socket) => void socket.end("host")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { readonly port: number };
    expect(await container.run(`peer.exe get 127.0.0.1 ${port} x`)).toMatch(/^error/);
    const endpoint = await trial.endpoint(await trial.network("one"));
    // ERROR_NOT_SUPPORTED
    expect(await container.modify("Add", endpoint)).toBe(0x80070032);
    server.close();
  });

  it("are warned of with the reason", async () => {
    const { network } = await trial.hcs.describe();
    const facts = networkFacts(network);
    expect(facts.warnings).toEqual([expect.stringContaining('use this host\'s own, as that is asked for (emulator.network = "host")')]);
    expect(facts.containerWarnings).toHaveLength(1);
  });
});
