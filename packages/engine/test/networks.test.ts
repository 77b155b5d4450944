import { UnavailableError } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { noteEvents, type TestEngine, testEngine, waits } from "./test-engine.ts";

let test: TestEngine;
beforeEach(async () => {
  test = await testEngine({ program: () => waits });
});
afterEach(() => test.dispose());

const refused = () => Promise.reject(new UnavailableError("the host refuses", { op: "test" }));

async function run(more: Parameters<TestEngine["create"]>[0]): Promise<string> {
  const id = await test.create(more);
  await test.engine.containers.start(id);
  return id;
}

/** `nat web` for each endpoint that exists. */
function connections(): string[] {
  return test.networks.requests.map(({ networkId, container }) => `${test.networks.get(networkId).name} ${container.name}`);
}

const networksOf = async (ref: string) => (await test.engine.containers.inspect(ref)).networks;
const specOf = (id: string) => test.runtime.specOf(id)?.windows?.network;

describe("a container that asks for no network", () => {
  it.each(["", "default", "bridge", "nat"])("is connected to nat while it runs: network mode %j", async (NetworkMode) => {
    const id = await run({ name: "web", hostConfig: { NetworkMode } });
    const [endpoint] = test.networks.endpoints();
    expect(specOf(id)).toEqual({ endpointList: [endpoint?.hnsId], allowUnqualifiedDNSQuery: true });
    expect(await networksOf("web")).toEqual([
      { name: "nat", networkId: test.networks.get("nat").id, settings: {}, names: ["web", id.slice(0, 12)], endpoint },
    ]);
    await test.engine.containers.stop("web");
    expect(test.networks.endpoints()).toEqual([]);
    expect((await networksOf("web"))[0]?.endpoint).toBeUndefined();
  });

  it("is connected to nat also where an older version made it", async () => {
    const id = await test.create({ name: "web" });
    test.database.connection.prepare("UPDATE containers SET networks = NULL WHERE id = ?").run(id);
    test = test.crash();
    await test.engine.start();
    expect((await networksOf("web")).map(({ name }) => name)).toEqual(["nat"]);
  });
});

describe("a container without a network", () => {
  it.each([
    ["none", { hostConfig: { NetworkMode: "none" } }, ["none"]],
    ["a disabled one", { config: { NetworkDisabled: true } }, []],
  ])("has no endpoint: %s", async (_what, more, names) => {
    const id = await run({ name: "web", ...more });
    expect(test.networks.endpoints()).toEqual([]);
    expect(specOf(id)).toEqual({});
    expect((await networksOf("web")).map(({ name }) => name)).toEqual(names);
  });

  it("discards its ports, and says so", async () => {
    const { warnings } = await test.engine.containers.create({
      config: { Image: "oriel/nano" },
      hostConfig: { NetworkMode: "none", PortBindings: { "80/tcp": [{ HostPort: "8080" }] } },
    });
    expect(warnings).toEqual([
      "Published ports are discarded: the container is connected to none only, which the host's clients do not reach.",
    ]);
  });
});

describe("a container of several networks", () => {
  beforeEach(async () => {
    await test.engine.networks.create({ name: "a" });
    await test.engine.networks.create({ name: "b", internal: true });
  });

  it("has an endpoint in each, that of the highest priority first, then the default network's", async () => {
    const networks = { b: { GwPriority: 7 }, nat: {}, a: { Aliases: ["x"] } };
    const id = await run({ name: "web", networks });
    expect(connections()).toEqual(["b web", "nat web", "a web"]);
    expect(specOf(id)?.endpointList).toEqual(test.networks.endpoints().map(({ hnsId }) => hnsId));
  });

  it("is not connected to the default network that no one asked for, but to the one of its network mode", async () => {
    await run({ name: "web", networks: { a: {} } });
    await run({ name: "other", hostConfig: { NetworkMode: "b" }, networks: { a: {} } });
    expect(connections()).toEqual(["a web", "a other", "b other"]);
  });

  it("publishes its ports in the first one that the host's clients reach", async () => {
    await run({ networks: { a: {}, b: { GwPriority: 7 }, nat: {} }, hostConfig: { PortBindings: { "80/tcp": [{ HostPort: "8080" }] } } });
    expect(test.networks.requests.map(({ ports }) => ports.length)).toEqual([0, 1, 0]);
  });

  it("leaves nothing where one of them fails, and reports what was undone", async () => {
    const events = noteEvents(test.engine);
    const id = await test.create({ name: "web", networks: { a: {}, b: {} } });
    test.networks.before("createEndpoint", () => {});
    test.networks.before("createEndpoint", refused);
    await expect(test.engine.containers.start(id)).rejects.toThrow("the host refuses");
    expect(test.networks.endpoints()).toEqual([]);
    expect(test.storage.mounts.get(id)).toBe(0);
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "created", exitCode: 128, error: "the host refuses" });
    await test.engine.close();
    const networkEvents = events.seen.filter(({ type }) => type === "network");
    expect(networkEvents.map(({ action, actor }) => `${action} ${actor.attributes.name}`)).toEqual(["connect a", "disconnect a"]);
  });

  it("is found by the name of a network that it names by its id", async () => {
    const { id } = test.networks.get("a");
    await run({ name: "web", hostConfig: { NetworkMode: id }, networks: { [id]: { Aliases: ["x"] } } });
    expect((await networksOf("web")).map(({ name, settings }) => [name, settings])).toEqual([["a", { Aliases: ["x"] }]]);
  });
});

describe("the endpoint of a container", () => {
  it("has all that was asked for", async () => {
    const { id: networkId } = await test.engine.networks.create({
      name: "n",
      ipam: { subnets: [{ subnet: "172.29.0.0/16", gateway: "172.29.0.1" }] },
    });
    const other = await run({ name: "other", hostConfig: { NetworkMode: "n" } });
    const id = await run({
      name: "web",
      config: { Hostname: "h1", ExposedPorts: { "53/udp": {}, "90": {} } },
      hostConfig: {
        NetworkMode: "n",
        Dns: ["1.1.1.1"],
        DnsSearch: ["corp"],
        DnsOptions: ["ndots:2"],
        ExtraHosts: ["db:10.0.0.5", "six:[::1]", "host:host-gateway"],
        PortBindings: { "80": [{ HostPort: "8000-8010" }, { HostIp: "0.0.0.0", HostPort: "" }] },
        PublishAllPorts: true,
      },
      networks: {
        n: {
          Aliases: ["www"],
          Links: ["other:db"],
          IPAMConfig: { IPv4Address: "172.29.0.77" },
          MacAddress: "00-15-5D-11-22-33",
          DriverOpts: { "com.docker.network.endpoint.x": "1" },
        },
      },
    });
    expect(test.networks.requests.at(-1)).toEqual({
      networkId,
      container: { id, name: "web" },
      names: ["web", "www", id.slice(0, 12), "h1"],
      links: [{ name: "db", containerId: other }],
      lookUp: {
        servers: ["1.1.1.1"],
        search: ["corp"],
        options: ["ndots:2"],
        hosts: [
          { name: "db", address: "10.0.0.5" },
          { name: "six", address: "::1" },
          { name: "host", address: "172.29.0.1" },
        ],
      },
      ipAddress: "172.29.0.77",
      macAddress: "00:15:5d:11:22:33",
      ports: [
        { protocol: "udp", containerPort: 53, hostAddress: "" },
        { protocol: "tcp", containerPort: 80, hostAddress: "", hostPorts: { first: 8000, last: 8010 } },
        { protocol: "tcp", containerPort: 80, hostAddress: "0.0.0.0" },
        { protocol: "tcp", containerPort: 90, hostAddress: "" },
      ],
      options: { "com.docker.network.endpoint.x": "1" },
    });
  });

  it("that cannot be made for a port that is taken leaves nothing, and names who has it", async () => {
    const hostConfig = { PortBindings: { "80/tcp": [{ HostPort: "8081" }] } };
    await run({ name: "first", hostConfig });
    const id = await test.create({ name: "second", hostConfig });
    await expect(test.engine.containers.start(id)).rejects.toThrow("port 8081/tcp is already published by container first");
    expect(connections()).toEqual(["nat first"]);
  });

  it("is found by the container's new name once that is renamed", async () => {
    const id = await run({ name: "web", networks: { nat: { Aliases: ["www"] } } });
    await test.engine.containers.rename("web", "api");
    expect(test.networks.endpoints()[0]?.names).toEqual(["api", "www", id.slice(0, 12)]);
  });
});

describe("no endpoint is left by a container", () => {
  it.each(["mountScratch", "layerFolders"] as const)("whose start fails in %s", async (method) => {
    const id = await test.create();
    test.storage.before(method, refused);
    await expect(test.engine.containers.start(id)).rejects.toThrow("the host refuses");
    expect(test.networks.endpoints()).toEqual([]);
  });

  it.each(["create", "start"] as const)("whose start fails in the runtime's %s", async (method) => {
    const id = await test.create();
    test.runtime.before(method, refused);
    await expect(test.engine.containers.start(id)).rejects.toThrow("the host refuses");
    expect(test.networks.endpoints()).toEqual([]);
  });

  it("that ended by itself, was killed, or was removed by force", async () => {
    await run({ name: "web" });
    await test.engine.containers.kill("web");
    await expect.poll(() => test.networks.endpoints()).toEqual([]);
    await test.engine.containers.start("web");
    expect(connections()).toEqual(["nat web"]);
    await test.engine.containers.remove("web", { force: true });
    expect(test.networks.endpoints()).toEqual([]);
  });

  it("when the engine closes", async () => {
    await run({ name: "web", config: { StopTimeout: 0 } });
    await test.engine.close();
    expect(test.networks.endpoints()).toEqual([]);
  });

  it("that the host did not give up at first: its next start, or its removal, tries again", async () => {
    await run({ name: "web" });
    test.networks.before("removeEndpoint", refused);
    await test.engine.containers.stop("web");
    expect(connections()).toEqual(["nat web"]);
    await test.engine.containers.start("web");
    expect(connections()).toEqual(["nat web"]);
    test.networks.before("removeEndpoint", refused);
    await test.engine.containers.stop("web");
    await test.engine.containers.remove("web");
    expect(test.networks.endpoints()).toEqual([]);
  });

  it("a restart gives it new ones", async () => {
    await run({ name: "web" });
    const [before] = test.networks.endpoints();
    await test.engine.containers.restart("web");
    const [after, ...more] = test.networks.endpoints();
    expect([after?.id === before?.id, more]).toEqual([false, []]);
  });
});

describe("a network that is not there", () => {
  it("fails the start, and the creation succeeds", async () => {
    const id = await test.create({ networks: { gone: {} } });
    await expect(test.engine.containers.start(id)).rejects.toMatchObject({ code: "NotFound", message: "network gone not found" });
    expect(test.storage.calls).not.toContain(`mountScratch ${id}`);
  });

  it("is not replaced by another of its name once the container was in it", async () => {
    const { id: networkId } = await test.engine.networks.create({ name: "n" });
    await run({ name: "web", hostConfig: { NetworkMode: "n" } });
    await test.engine.containers.stop("web");
    await test.engine.networks.remove("n");
    await test.engine.networks.create({ name: "n" });
    await expect(test.engine.containers.start("web")).rejects.toThrow(`network ${networkId} not found`);
  });
});

describe("the network of another container", () => {
  it("is shared: its endpoints, its name and its host name, and none of its own", async () => {
    const owner = await run({ name: "web", config: { Hostname: "h1" } });
    const id = await run({ name: "side", hostConfig: { NetworkMode: "container:web" } });
    const [endpoint] = test.networks.endpoints();
    expect(specOf(id)).toEqual({ endpointList: [endpoint?.hnsId], networkSharedContainerName: owner });
    expect(test.runtime.specOf(id)?.hostname).toBe("h1");
    expect([connections(), await networksOf("side")]).toEqual([["nat web"], []]);
    const third = await run({ hostConfig: { NetworkMode: `container:${id.slice(0, 12)}` } });
    expect(specOf(third)?.networkSharedContainerName).toBe(owner);
    await test.engine.containers.stop("web");
    expect((await test.engine.containers.inspect("side")).state.status).toBe("running");
  });

  it.each([
    ["nosuch", "NotFound", "No such container: nosuch"],
    ["web", "Conflict", "cannot join network namespace of a non running container: container web is created"],
    ["side", "InvalidArgument", "cannot join own network namespace"],
  ])("is refused at the start: %s", async (other, code, message) => {
    await test.create({ name: "web" });
    await test.create({ name: "side", hostConfig: { NetworkMode: `container:${other}` } });
    await expect(test.engine.containers.start("side")).rejects.toMatchObject({ code, message });
  });

  it.each([
    [{ config: { Hostname: "h" } }, "conflicting options: hostname and the network mode"],
    [
      { hostConfig: { Links: ["a:b"] } },
      "conflicting options: container type network can't be used with links. This would result in undefined behavior",
    ],
    [{ hostConfig: { Dns: ["1.1.1.1"] } }, "conflicting options: dns and the network mode"],
    [{ hostConfig: { ExtraHosts: ["a:1.1.1.1"] } }, "conflicting options: custom host-to-IP mapping and the network mode"],
    [{ hostConfig: { PublishAllPorts: true } }, "conflicting options: port publishing and the container type network mode"],
    [{ hostConfig: { PortBindings: { "80/tcp": [] } } }, "conflicting options: port publishing and the container type network mode"],
    [{ config: { ExposedPorts: { "80/tcp": {} } } }, "conflicting options: port exposing and the container type network mode"],
    [
      { networks: { nat: {} } },
      "container sharing network namespace with another container or host cannot be connected to any other network",
    ],
  ])(
    "goes with no option that needs one of its own: %j",
    async ({ hostConfig = {}, ...more }: Parameters<TestEngine["create"]>[0] & {}, message) => {
      await expect(test.create({ ...more, hostConfig: { ...hostConfig, NetworkMode: "container:web" } })).rejects.toMatchObject({
        code: "InvalidArgument",
        message,
      });
    },
  );
});

describe("a creation is refused, in dockerd's words,", () => {
  const inNat = (settings: object) => ({ networks: { nat: settings } });
  it.each([
    [inNat({ IPAMConfig: { IPv4Address: "x" } }), "invalid config for network nat: invalid endpoint settings:\ninvalid IPv4 address: x"],
    [
      inNat({ IPAMConfig: { IPv4Address: "10.9.9.9" }, MacAddress: "zz" }),
      "invalid config for network nat: invalid endpoint settings:\nno configured subnet contains IP address 10.9.9.9\ninvalid MAC address zz",
    ],
    [
      inNat({ IPAMConfig: { IPv6Address: "::1" } }),
      "invalid config for network nat: invalid endpoint settings:\nuser specified IP address is supported only when connecting to networks with user configured subnets",
    ],
    [
      { networks: { none: {}, nat: {} } },
      "container cannot be connected to multiple networks with one of the networks in private (none) mode",
    ],
    [{ hostConfig: { Dns: ["x"] } }, "IP address is not correctly formatted: x"],
    [{ hostConfig: { ExtraHosts: ["x"] } }, 'bad format for add-host: "x"'],
    [{ hostConfig: { ExtraHosts: ["x:y"] } }, 'invalid IP address in add-host: "y"'],
    [{ hostConfig: { Links: ["db:x"] } }, "could not get container for db: No such container: db"],
    [{ hostConfig: { Links: ["a:b:c"] } }, "bad format for links: a:b:c"],
    [{ hostConfig: { PortBindings: { "80/tcp": [{ HostIp: "x" }] } } }, "invalid IP address: x"],
    [{ hostConfig: { PortBindings: { "80/sctp": [{}] } } }, "invalid protocol sctp of port 80/sctp: tcp and udp ports can be published"],
  ])("%j", async (more, message) => {
    await expect(test.create(more)).rejects.toMatchObject({ code: "InvalidArgument", message });
  });
});

describe("a legacy link", () => {
  it("gives the name and the environment that Docker documents", async () => {
    const db = await run({
      name: "q6",
      config: { ExposedPorts: { "5432/tcp": {}, "5433/tcp": {}, "53/udp": {} }, Env: ["PGUSER=me", "PATH=C:\\x"] },
    });
    const id = await run({ name: "web", hostConfig: { Links: ["q6:db-1"] } });
    const ip = test.networks.endpoints()[0]?.ipAddress;
    expect(test.networks.requests[1]?.links).toEqual([{ name: "db-1", containerId: db }]);
    const env = test.runtime.specOf(id)?.process?.env ?? [];
    expect(env.filter((entry) => entry.startsWith("DB_1_"))).toEqual([
      `DB_1_PORT=tcp://${ip}:5432`,
      `DB_1_PORT_5432_TCP=tcp://${ip}:5432`,
      `DB_1_PORT_5432_TCP_ADDR=${ip}`,
      "DB_1_PORT_5432_TCP_PORT=5432",
      "DB_1_PORT_5432_TCP_PROTO=tcp",
      `DB_1_PORT_5433_TCP=tcp://${ip}:5433`,
      `DB_1_PORT_5433_TCP_ADDR=${ip}`,
      "DB_1_PORT_5433_TCP_PORT=5433",
      "DB_1_PORT_5433_TCP_PROTO=tcp",
      `DB_1_PORT_53_UDP=udp://${ip}:53`,
      `DB_1_PORT_53_UDP_ADDR=${ip}`,
      "DB_1_PORT_53_UDP_PORT=53",
      "DB_1_PORT_53_UDP_PROTO=udp",
      `DB_1_PORT_5432_TCP_START=tcp://${ip}:5432`,
      "DB_1_PORT_5432_TCP_PORT_START=5432",
      `DB_1_PORT_5432_TCP_END=tcp://${ip}:5433`,
      "DB_1_PORT_5432_TCP_PORT_END=5433",
      "DB_1_NAME=/web/db-1",
      "DB_1_ENV_PGUSER=me",
    ]);
  });

  it("to a container that does not run, or is in another network, fails the start", async () => {
    await test.create({ name: "q6" });
    const id = await test.create({ name: "web", hostConfig: { Links: ["q6:db"] } });
    await expect(test.engine.containers.start(id)).rejects.toThrow("Cannot link to a non running container: /q6 AS /web/db");
    await test.engine.networks.create({ name: "n" });
    const other = await run({ name: "q7", hostConfig: { NetworkMode: "n" } });
    const second = await test.create({ hostConfig: { Links: ["q7"] } });
    await expect(test.engine.containers.start(second)).rejects.toThrow(`container ${other} not attached to default bridge network`);
    expect(connections()).toEqual(["n q7"]);
  });

  it("in a network of the user's may be to a container that comes to be, and says so", async () => {
    await test.engine.networks.create({ name: "n" });
    const { warnings } = await test.engine.containers.create({
      config: { Image: "oriel/nano" },
      hostConfig: { NetworkMode: "n" },
      networks: { n: { Links: ["db:x"] } },
    });
    expect(warnings).toEqual([
      "The link db:x names a container that does not exist: it has an effect if there is one when this container starts.",
    ]);
  });
});

describe("after the daemon was killed", () => {
  it("the endpoints of containers that still run stay, and all others are removed and reported", async () => {
    await run({ name: "web", networks: { nat: { Aliases: ["www"] } } });
    await run({ name: "lost" });
    const id = await test.create({ name: "half" });
    // Made by a connection that the crash cut short: its row does not have it.
    await test.engine.networks.create({ name: "n" });
    await test.networks.createEndpoint({
      ...(test.networks.requests[0] as never as object),
      networkId: test.networks.get("n").id,
    } as never);
    const survivors = new Map(
      [...test.runtime.survivors()].filter(
        ([, { spec }]) => spec.windows?.network?.endpointList?.[0] === test.networks.endpoints()[0]?.hnsId,
      ),
    );
    test = test.crash({ adopt: survivors });
    await test.engine.start();
    expect(connections()).toEqual(["nat web"]);
    expect((await networksOf("web"))[0]?.endpoint).toEqual(test.networks.endpoints()[0]);
    expect(test.log).toEqual(
      expect.arrayContaining([
        "info: networks gave back what the former daemon left: endpoint nat lost",
        "info: networks gave back what the former daemon left: endpoint n web",
      ]),
    );
    await test.engine.containers.start(id);
  });

  it("networks that cannot be read keep no engine from starting", async () => {
    test = test.crash();
    test.networks.before("reconcile", refused);
    await test.engine.start();
    expect(test.log).toContain("error: what the former daemon left in networks could not be found out");
  });
});

describe("a list of containers", () => {
  beforeEach(async () => {
    await test.engine.networks.create({ name: "n" });
    await test.create({ name: "aa", networks: { n: {} }, config: { ExposedPorts: { "53/udp": {} } } });
    await run({ name: "bb", hostConfig: { PortBindings: { "8001/tcp": [{}] } } });
  });

  it.each([
    [{ network: ["n"] }, ["aa"]],
    [{ network: ["bridge"] }, ["bb"]],
    [{ network: ["n", "nat"] }, ["aa", "bb"]],
    [{ publish: ["8001"] }, ["bb"]],
    [{ publish: ["8000-8005/tcp"] }, ["bb"]],
    [{ publish: ["8001/udp"] }, []],
    [{ expose: ["53/udp"] }, ["aa"]],
    [{ expose: ["53"] }, []],
  ])("is filtered by networks and ports: %j", async (filters, names) => {
    const found = await test.engine.containers.list({ all: true, filters });
    expect(found.map(({ name }) => name).sort()).toEqual(names);
  });

  it("is filtered by the beginning of a network's id", async () => {
    const filters = { network: [test.networks.get("nat").id.slice(0, 10)] };
    expect((await test.engine.containers.list({ all: true, filters })).map(({ name }) => name)).toEqual(["bb"]);
  });

  it("refuses what is no port", async () => {
    await expect(test.engine.containers.list({ filters: { publish: ["x"] } })).rejects.toThrow("invalid filter 'publish=x'");
  });
});
