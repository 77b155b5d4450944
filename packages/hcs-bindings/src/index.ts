export type { HresultEntry } from "./catalogue/entry.ts";
export { describeHresult, displayCode, sameHresult } from "./catalogue/hresult-catalogue.ts";
export { type HcsError, type HcsFailure, type HresultErrorOptions, hresultError, isHcsError, parseResultDocument } from "./hcs-error.ts";
export type { ErrorEvent, ResultDocument } from "./schema/result-document.ts";
