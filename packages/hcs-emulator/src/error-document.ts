import type { HcsAnswer, HResult } from "@oriel/contracts";

/** Names this service in the events of its error documents, as HCS's own providers do with a GUID of theirs. */
const provider = "6f72696c-656d-4843-8553-000000000001";

/** HCS's result document: the HRESULT as a signed number, and events that say what went wrong. */
export function errorDocument(hresult: HResult, message: string, detail = message): string {
  return JSON.stringify({
    Error: hresult | 0,
    ErrorMessage: message,
    ErrorEvents: [{ Message: detail, Provider: provider, EventId: 1 }],
  });
}

export function failure(hresult: HResult, message: string): HcsAnswer {
  return { hresult, result: errorDocument(hresult, message) };
}

export const success: HcsAnswer = Object.freeze({ hresult: 0, result: null });
