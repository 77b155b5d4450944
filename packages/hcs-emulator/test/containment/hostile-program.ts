import { getSystemErrorName } from "node:util";
import { linuxCalls, linuxCalls32 } from "./linux-calls.ts";

/** A number, or what is put into the program's memory to give its address: a text, or bytes. */
export type Argument = number | bigint | string | Uint8Array;

/** What Linux returned: a number, or the name of the error. */
export type LinuxResult = number | string;

/** Flags of open(2). */
export const openFlags = { read: 0, write: 1, readWrite: 2, create: 0o100, directory: 0o200000, path: 0o10000000 } as const;

/** A running fixtures/hostile.exe, whose head comment describes the requests. */
export class HostileProgram {
  readonly #send: (line: string) => Promise<string>;
  #hasEnded = false;
  #free = 0x10000000;
  #buffer: number | undefined;

  constructor(request: (line: string) => Promise<string>) {
    this.#send = request;
  }

  /** Whether an attempt has ended it. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  async #request(line: string): Promise<string> {
    try {
      return await this.#send(line);
    } catch (error) {
      this.#hasEnded = true;
      throw error;
    }
  }

  /** Memory of the program that nothing else is put into: zeros. */
  reserve(size: number): number {
    const address = this.#free;
    this.#free += (size + 15) & ~15;
    return address;
  }

  /** Puts bytes into the program's memory. */
  async place(bytes: Uint8Array): Promise<number> {
    const address = this.reserve(bytes.length);
    for (let at = 0; at < bytes.length; at += 8192) {
      await this.#request(`poke ${hex(address + at)} ${Buffer.from(bytes.subarray(at, at + 8192)).toString("hex")}`);
    }
    return address;
  }

  async peek(address: number, length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let at = 0; at < length; at += 16_384) {
      const size = Math.min(16_384, length - at);
      parts.push(Buffer.from(await this.#request(`peek ${hex(address + at)} ${hex(size)}`), "hex"));
    }
    return Buffer.concat(parts);
  }

  /** A Linux system call by the 64-bit entry. */
  async linux(name: keyof typeof linuxCalls, ...values: readonly Argument[]): Promise<LinuxResult> {
    return this.linuxNumber(linuxCalls[name], ...values);
  }

  async linuxNumber(number: number, ...values: readonly Argument[]): Promise<LinuxResult> {
    return named(Number(await this.#request(`syscall ${hex(number)} ${await this.#arguments(values, "utf8")}`)));
  }

  /** A Linux system call by the 32-bit entry. */
  async linux32(name: keyof typeof linuxCalls32, ...values: readonly Argument[]): Promise<LinuxResult> {
    return named(Number(await this.#request(`int80 ${hex(linuxCalls32[name])} ${await this.#arguments(values, "utf8")}`)));
  }

  /** A system call until it fails: how often it did not, and the last result. */
  async repeat(times: number, name: keyof typeof linuxCalls, ...values: readonly Argument[]): Promise<readonly [number, LinuxResult]> {
    const line = await this.#request(`repeat ${hex(times)} ${hex(linuxCalls[name])} ${await this.#arguments(values, "utf8")}`);
    return counted(line);
  }

  /** A child that ends at once. */
  async clone(flags: number): Promise<LinuxResult> {
    return named(Number(await this.#request(`clone ${hex(flags)}`)));
  }

  /** Children that stay, until there can be no more. */
  async bomb(most: number): Promise<readonly [number, LinuxResult]> {
    return counted(await this.#request(`bomb ${hex(most)}`));
  }

  /** Calls a function of Windows, as `kernel32!CreateFileW`. */
  async windows(name: `${string}!${string}`, ...values: readonly Argument[]): Promise<{ readonly value: bigint; readonly error: number }> {
    const [library, symbol] = name.split("!");
    const address = await this.#request(`find ${library} ${symbol}`);
    if (address === "0") throw new Error(`this Wine has no ${name}`);
    const [value = "", error = ""] = (await this.#request(`windows ${address} ${await this.#arguments(values, "utf16le")}`)).split(" ");
    return { value: BigInt(value), error: Number(error) };
  }

  /** Content of a file, read by Linux calls. */
  async content(file: string): Promise<Buffer | string> {
    const descriptor = await this.linux("open", file, openFlags.read);
    if (typeof descriptor === "string") return descriptor;
    const found = await this.#readAll("read", descriptor);
    await this.linux("close", descriptor);
    return found;
  }

  /** Names in a folder, read by Linux calls. */
  async names(folder: string): Promise<string[] | string> {
    const descriptor = await this.linux("open", folder, openFlags.directory);
    if (typeof descriptor === "string") return descriptor;
    const entries = await this.#readAll("getdents64", descriptor);
    await this.linux("close", descriptor);
    if (typeof entries === "string") return entries;
    const found: string[] = [];
    for (let at = 0; at < entries.length; at += entries.readUInt16LE(at + 16)) {
      found.push(entries.toString("utf8", at + 19, entries.indexOf(0, at + 19)));
    }
    return found.filter((name) => name !== "." && name !== "..");
  }

  async linkTarget(file: string): Promise<string | undefined> {
    const buffer = this.reserve(4096);
    const length = await this.linux("readlink", file, buffer, 4096);
    return typeof length === "string" ? undefined : (await this.peek(buffer, length)).toString();
  }

  /** Device and inode of a file, as stat(2) has them. */
  async identity(file: string): Promise<readonly [bigint, bigint] | undefined> {
    const facts = this.reserve(144);
    if ((await this.linux("stat", file, facts)) !== 0) return undefined;
    const bytes = await this.peek(facts, 16);
    return [bytes.readBigUInt64LE(0), bytes.readBigUInt64LE(8)];
  }

  /** C:, as Linux names it. */
  async systemDrive(): Promise<string> {
    const folder = await this.linkTarget(`${await this.prefix()}/dosdevices/c:`);
    if (folder === undefined) throw new Error("the program has no C:");
    return folder;
  }

  /** Another drive, as Linux names it. */
  async drive(letter: string): Promise<string> {
    return `${await this.prefix()}/dosdevices/${letter}:`;
  }

  /** The folder that Wine keeps its links and its registry in, as Linux names it. */
  async prefix(): Promise<string> {
    const found = /(?:^|\0)WINEPREFIX=([^\0]*)/.exec(String(await this.content("/proc/self/environ")))?.[1];
    if (found === undefined) throw new Error("the program has no WINEPREFIX");
    return found;
  }

  async #readAll(call: "read" | "getdents64", descriptor: number): Promise<Buffer | string> {
    const size = 65_536;
    this.#buffer ??= this.reserve(size);
    const buffer = this.#buffer;
    const parts: Buffer[] = [];
    for (;;) {
      const length = await this.linux(call, descriptor, buffer, size);
      if (typeof length === "string") return length;
      if (length === 0) return Buffer.concat(parts);
      parts.push(await this.peek(buffer, length));
    }
  }

  async #arguments(values: readonly Argument[], encoding: "utf8" | "utf16le"): Promise<string> {
    const words: string[] = [];
    for (const value of values) {
      if (typeof value === "string") words.push(hex(await this.place(Buffer.from(`${value}\0`, encoding))));
      else words.push(hex(value instanceof Uint8Array ? await this.place(value) : value));
    }
    return words.join(" ");
  }
}

function hex(value: number | bigint): string {
  return BigInt.asUintN(64, BigInt(value)).toString(16);
}

function named(result: number): LinuxResult {
  return result < 0 ? getSystemErrorName(result) : result;
}

function counted(line: string): readonly [number, LinuxResult] {
  const [count = "", result = ""] = line.split(" ");
  return [Number(count), named(Number(result))];
}
