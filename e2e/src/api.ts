import http from "node:http";

export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
}

/** Sends one request of the Docker Engine API over a daemon's socket: quicker than a command line, and with the status. */
export function callApi(socketPath: string, method: string, path: string, body?: unknown): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const request = http.request({ socketPath, method, path, headers, timeout: 60_000 }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.once("error", reject);
      response.once("end", () => {
        const text = Buffer.concat(pieces).toString();
        resolve({ status: response.statusCode ?? 0, body: text === "" ? undefined : JSON.parse(text) });
      });
    });
    request.once("timeout", () => request.destroy(new Error(`no answer within 60 s: ${method} ${path}`)));
    request.once("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
