import { readFileSync } from "node:fs";

const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");

/** Of Oriel: that of this package. */
export const version: string = (JSON.parse(text) as { readonly version: string }).version;
