// A client of the Docker Engine API that measures: no more work in it than a request and an answer take.
import http from "node:http";

/** @param {{ socketPath: string } | { host: string, port: number }} where */
export function engineApi(where) {
  const agent = new http.Agent({ keepAlive: true });

  function send(method, path, body, { upgrade = false } = {}) {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? "" : JSON.stringify(body);
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
      if (upgrade) Object.assign(headers, { connection: "Upgrade", upgrade: "tcp" });
      const request = http.request({ ...where, method, path, headers, ...(upgrade ? {} : { agent }) });
      request.once("error", reject);
      request.once("upgrade", (_, socket, head) => resolve({ socket, head }));
      request.once("response", (response) => {
        const pieces = [];
        response.on("data", (piece) => pieces.push(piece));
        response.once("error", reject);
        response.once("end", () => {
          const answer = Buffer.concat(pieces).toString();
          if (response.statusCode >= 400) reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
          else resolve(answer === "" ? undefined : JSON.parse(answer));
        });
      });
      request.end(text);
    });
  }

  /** Milliseconds from the wish for a container to its first output; it is removed, which is not counted. */
  async function firstOutput(image, command, hostConfig = {}) {
    const began = performance.now();
    const wanted = { Image: image, Cmd: command, AttachStdout: true, HostConfig: hostConfig };
    const { Id } = await send("POST", "/containers/create", wanted);
    const { socket, head } = await send("POST", `/containers/${Id}/attach?stream=1&stdout=1`, undefined, { upgrade: true });
    const output = first(socket, head);
    await send("POST", `/containers/${Id}/start`);
    await output;
    const took = performance.now() - began;
    await send("POST", `/containers/${Id}/wait`);
    await send("DELETE", `/containers/${Id}?force=1`);
    return took;
  }

  /** Milliseconds from the wish for a process in a container that runs to its first output. */
  async function firstExecOutput(container, command) {
    const began = performance.now();
    const { Id } = await send("POST", `/containers/${container}/exec`, { Cmd: command, AttachStdout: true });
    const { socket, head } = await send("POST", `/exec/${Id}/start`, { Detach: false, Tty: false }, { upgrade: true });
    const ended = new Promise((resolve) => socket.once("close", resolve));
    await first(socket, head);
    const took = performance.now() - began;
    await ended;
    return took;
  }

  return { send, firstOutput, firstExecOutput, close: () => agent.destroy() };
}

/** The first bytes of a stream; the others are read and dropped. */
function first(socket, head) {
  return new Promise((resolve, reject) => {
    if (head.length > 0) resolve();
    socket.once("data", () => resolve());
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the stream ended without output")));
    socket.on("data", () => undefined);
    socket.once("end", () => socket.end());
  });
}
