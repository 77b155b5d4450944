import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accounts, openHost } from "./containment/accounts.ts";
import type { HostileContainer, HostileHost } from "./containment/hostile-container.ts";
import { HostileProgram, openFlags } from "./containment/hostile-program.ts";
import { connect, family, ipv4Address, type, unixAddress } from "./containment/network-attempts.ts";

const invalidHandle = 0xffffffffffffffffn;

describe.each(accounts.map((account) => [`${account.name}${account.reason}`, account] as const))(
  "two containers of %s: of what one offers, the other",
  (_, account) => {
    let host: HostileHost;
    const containers: HostileContainer[] = [];
    let offers: HostileProgram;
    let wants: HostileProgram;
    const start = async (): Promise<HostileProgram> => {
      const container = await host.open({});
      containers.push(container);
      const number = await container.start();
      return new HostileProgram((line) => container.request(number, line));
    };
    beforeAll(async () => {
      if (account.reason !== "") return;
      host = await openHost(account);
      offers = await start();
      wants = await start();
    });
    afterAll(async () => {
      for (const container of containers) await container.close();
      await host?.close();
    });
    const it_ = it.skipIf(account.reason !== "");

    it_("finds no named pipe and no name of Windows", async () => {
      const [duplex, genericRead, synchronize] = [3, 0x80000000, 0x100000];
      const open = async (program: HostileProgram) =>
        BigInt.asUintN(64, (await program.windows("kernel32!CreateFileW", "\\\\.\\pipe\\neighbour", genericRead, 0, 0, 3, 0, 0)).value);
      const made = await offers.windows("kernel32!CreateNamedPipeW", "\\\\.\\pipe\\neighbour", duplex, 0, 2, 64, 64, 0, 0);
      expect(BigInt.asUintN(64, made.value)).not.toBe(invalidHandle);
      expect((await offers.windows("kernel32!CreateMutexW", 0, 0, "Global\\neighbour")).value).not.toBe(0n);
      expect(await open(offers)).not.toBe(invalidHandle);
      expect(await open(wants)).toBe(invalidHandle);
      expect((await wants.windows("kernel32!OpenMutexW", synchronize, 0, "Global\\neighbour")).value).toBe(0n);
    });

    it_("reaches no socket", async () => {
      const port = 4711;
      const listen = async (domain: number, address: Buffer): Promise<void> => {
        const socket = await offers.linux("socket", domain, type.stream, 0);
        expect(await offers.linux("bind", Number(socket), address, address.length)).toBe(0);
        expect(await offers.linux("listen", Number(socket), 8)).toBe(0);
        expect(await connect(offers, domain, address)).toBe(0);
        expect(await connect(wants, domain, address)).toBe("ECONNREFUSED");
      };
      await listen(family.ipv4, ipv4Address("127.0.0.1", port));
      await listen(family.unix, unixAddress("\0neighbour"));
    });

    it_("sees neither files nor shared memory", async () => {
      const [create, read] = [0o1000 | 0o666, 0o10000];
      const memory = Number(await offers.linux("shmget", 4711, 4096, create));
      expect(await offers.linux("shmat", memory, 0, read)).toBeTypeOf("number");
      expect(await wants.linux("shmat", memory, 0, read)).toBe("EINVAL");
      for (const folder of ["/tmp", await offers.systemDrive(), await offers.prefix()]) {
        const file = `${folder}/neighbour.txt`;
        expect(await offers.linux("open", file, openFlags.write | openFlags.create, 0o666)).toBeTypeOf("number");
        expect(await wants.content(file)).toBe("ENOENT");
      }
    });

    it_("sees no process", async () => {
      const seen = async (program: HostileProgram): Promise<string> => {
        const names = ((await program.names("/proc")) as string[]).filter((name) => /^\d+$/.test(name));
        const found: string[] = [];
        for (const pid of names) found.push(`${await program.linkTarget(`/proc/${pid}/ns/pid`)}`);
        return [...new Set(found.filter((target) => target !== "undefined"))].join();
      };
      const [offered, wanted] = [await seen(offers), await seen(wants)];
      expect(offered).toMatch(/^pid:\[\d+\]$/);
      expect(wanted).toMatch(/^pid:\[\d+\]$/);
      expect(wanted).not.toBe(offered);
    });
  },
);
