// So many clients that read one address to its end, and one that pings meanwhile. Messages to the parent: ready; for streams that are
// open, open; at last, the longest ping in milliseconds and the bytes that each client got.
import { Agent, get } from "node:http";
import { performance } from "node:perf_hooks";

const [, , socketPath, target, count] = process.argv;
const streams = /follow|live/.test(target);
const agent = new Agent({ keepAlive: true });

process.send("ready");
process.once("message", async () => {
  const clients = Array.from({ length: Number(count) }, () => follow());
  if (streams) {
    await Promise.all(clients.map(({ opened }) => opened));
    process.send("open");
  }
  let longest = 0;
  let isOver = false;
  const pinging = (async () => {
    while (!isOver) {
      longest = Math.max(longest, await ping());
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  const sizes = await Promise.all(clients.map(({ ended }) => ended));
  isOver = true;
  await pinging;
  if (new Set(sizes).size !== 1) throw new Error(`the clients got different numbers of bytes: ${[...new Set(sizes)].join(", ")}`);
  process.send({ ping: longest, bytes: sizes[0] });
  process.disconnect();
  agent.destroy();
});

function follow() {
  let open;
  const opened = new Promise((resolve) => {
    open = resolve;
  });
  const ended = new Promise((resolve, reject) => {
    get({ socketPath, path: target, agent: false }, (response) => {
      open();
      let size = 0;
      response.on("data", (chunk) => {
        size += chunk.length;
      });
      response.once("end", () => resolve(size));
      response.once("error", reject);
    }).once("error", reject);
  });
  return { opened, ended };
}

function ping() {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    get({ socketPath, path: "/_ping", agent }, (response) => {
      response.resume();
      response.once("end", () => resolve(performance.now() - began));
    }).once("error", reject);
  });
}
