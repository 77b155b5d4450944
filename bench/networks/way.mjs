// Measures a way to the native server: a host and a port.
import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";

/** GB a second that a connection carries to us. */
export async function throughput({ host, port }, seconds = 1) {
  const socket = net.connect({ host, port });
  await once(socket, "connect");
  socket.write("S");
  await once(socket, "data");
  let bytes = 0;
  const began = performance.now();
  socket.on("data", (piece) => (bytes += piece.length));
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const took = performance.now() - began;
  socket.destroy();
  return bytes / 1e6 / took;
}

/** Microseconds from a byte that is sent to its echo, over a connection that stands; the median. */
export async function echoTime({ host, port }, times = 2000) {
  const socket = net.connect({ host, port, noDelay: true });
  await once(socket, "connect");
  socket.write("E");
  const took = [];
  for (let time = 0; time < times; time += 1) {
    const began = performance.now();
    socket.write("x");
    await once(socket, "data");
    took.push(performance.now() - began);
  }
  socket.destroy();
  return middle(took) * 1000;
}

/** Microseconds from the wish for a connection to the first echo over it; the median. */
export async function connectTime({ host, port }, times = 300) {
  const took = [];
  for (let time = 0; time < times; time += 1) {
    const began = performance.now();
    const socket = net.connect({ host, port, noDelay: true });
    socket.write("Ex");
    await once(socket, "data");
    took.push(performance.now() - began);
    socket.destroy();
  }
  return middle(took) * 1000;
}

/** Microseconds from a datagram to its echo; the median. */
export async function datagramTime({ host, port }, times = 1000) {
  const socket = dgram.createSocket("udp4");
  const took = [];
  for (let time = 0; time < times; time += 1) {
    const began = performance.now();
    socket.send("x", port, host);
    await once(socket, "message", { signal: AbortSignal.timeout(5_000) });
    took.push(performance.now() - began);
  }
  socket.close();
  return middle(took) * 1000;
}

export function middle(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
