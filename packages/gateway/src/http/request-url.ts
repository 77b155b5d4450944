/** A request's address, taken apart before routing. */
export interface RequestUrl {
  /** What the routes are matched against. */
  readonly url: string;
  /** The version that the address begins with: `1.43` for `/v1.43/info`. */
  readonly version: string | undefined;
}

const imageActions = new Set(["json", "tag", "history", "push", "get"]);
const imageCollections = new Set(["json", "load", "create", "prune", "search", "get"]);

/**
 * Takes off the version, and writes an image's name as one segment: docker sends `/images/library/app:1/json` with the
 * slashes of the name as they are, which the router would read as segments of the path.
 */
export function readRequestUrl(method: string, text: string): RequestUrl {
  const [, version, rest] = /^\/v(\d+\.\d+)(\/.*)?$/s.exec(text) ?? [];
  const url = version === undefined ? text : (rest ?? "/");
  // The one collection that the API has with a slash behind it, too.
  return { url: joinImageName(method, url.replace(/^\/networks\/(?=\?|$)/, "/networks")), version };
}

function joinImageName(method: string, url: string): string {
  const prefix = "/images/";
  if (!url.startsWith(prefix)) return url;
  const query = url.indexOf("?");
  const path = query === -1 ? url : url.slice(0, query);
  const search = query === -1 ? "" : url.slice(query);
  const segments = path.slice(prefix.length).split("/");
  const last = segments.at(-1) ?? "";
  if (method === "DELETE") return prefix + segments.join("%2F") + search;
  if (segments.length < 2 ? imageCollections.has(last) : !imageActions.has(last)) return url;
  return `${prefix}${segments.slice(0, -1).join("%2F")}/${last}${search}`;
}
