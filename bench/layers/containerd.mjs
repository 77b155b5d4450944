// A containerd of our own: its root, state and socket lie in a folder, and it ends with the benchmark.
import { execFile, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** @param programs folder of `containerd` and `ctr`; "" for those on the path */
export async function startContainerd(folder, programs) {
  await mkdir(folder, { recursive: true });
  const program = (name) => (programs === "" ? name : path.join(programs, name));
  const socket = path.join(folder, "s");
  const config = path.join(folder, "config.toml");
  await writeFile(
    config,
    `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "${socket}"
`,
  );
  const daemon = spawn(program("containerd"), ["--config", config, "--log-level", "error"], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise((resolve) => daemon.once("close", resolve));
  process.once("exit", () => daemon.kill("SIGKILL"));
  const address = ["--address", socket, "--namespace", "bench"];
  const ctr = (...words) => run(program("ctr"), [...address, ...words], { maxBuffer: 2 ** 26 });
  for (let attempt = 0; ; attempt += 1) {
    const answered = await ctr("version").then(
      () => true,
      () => false,
    );
    if (answered) break;
    if (attempt === 100 || daemon.exitCode !== null) throw new Error("containerd does not answer");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { stdout } = await run(program("containerd"), ["--version"]);
  return {
    version: stdout.trim(),
    ctr,
    /** A command line of ctr. */
    command: (...words) => [program("ctr"), ...address, ...words],
    /** Milliseconds of processors that it has used so far. */
    async processor() {
      const fields = (await readFile(`/proc/${daemon.pid}/stat`, "utf8")).replace(/^.*\) /s, "").split(" ");
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    snapshots: () => new Snapshots(socket),
    async stop() {
      daemon.kill("SIGTERM");
      await ended;
    },
  };
}

/** The calls that `ctr snapshots` makes, without starting a process for each. */
class Snapshots {
  #session;

  constructor(socket) {
    this.#session = connectHttp2("http://localhost", { createConnection: () => connect(socket) });
  }

  // Fields as in containerd's api/services/snapshots/v1/snapshots.proto.
  /** Returns the folder of the snapshot. */
  async prepare(key, parent = "") {
    // Without it the next collection of garbage takes the snapshot.
    const label = message([1, "containerd.io/gc.root"], [2, new Date().toISOString()]);
    const answer = await this.#call("Prepare", message([1, "native"], [2, key], [3, parent], [4, label]));
    return /\/[ -~]+\/snapshots\/\d+/.exec(answer.toString("latin1"))?.[0];
  }
  commit(name, key) {
    const label = message([1, "containerd.io/gc.root"], [2, new Date().toISOString()]);
    return this.#call("Commit", message([1, "native"], [2, name], [3, key], [4, label]));
  }
  remove(key) {
    return this.#call("Remove", message([1, "native"], [2, key]));
  }
  list() {
    return this.#call("List", message([1, "native"]));
  }

  close() {
    this.#session.close();
  }

  async #call(method, body) {
    const stream = this.#session.request({
      ":method": "POST",
      ":path": `/containerd.services.snapshots.v1.Snapshots/${method}`,
      "content-type": "application/grpc",
      te: "trailers",
      "containerd-namespace": "bench",
    });
    let status;
    const read = (headers) => {
      status = headers["grpc-status"] === undefined ? status : { code: headers["grpc-status"], message: headers["grpc-message"] };
    };
    stream.on("response", read);
    stream.on("trailers", read);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length, 1);
    stream.end(Buffer.concat([head, body]));
    const pieces = [];
    for await (const piece of stream) pieces.push(piece);
    if (status?.code !== "0") throw new Error(`${method}: ${status?.message}`);
    return Buffer.concat(pieces);
  }
}

/** A protobuf message of texts and messages. */
function message(...fields) {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      const bytes = Buffer.from(value);
      return bytes.length === 0 ? [] : [Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes];
    }),
  );
}

function varint(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}
