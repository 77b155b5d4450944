import { describe, expect, test } from "vitest";
import { readRequestUrl } from "../src/http/request-url.ts";

describe("a request's address", () => {
  test.each([
    ["GET", "/v1.43/info", "/info", "1.43"],
    ["GET", "/info?x=/v1.2/", "/info?x=/v1.2/", undefined],
    ["GET", "/v1.43", "/", "1.43"],
    ["GET", "/version", "/version", undefined],
    ["GET", "/v1/info", "/v1/info", undefined],
    ["GET", "/v1.50/images/json?all=1", "/images/json?all=1", "1.50"],
    ["GET", "/images/a/b/c:1/json?x=a/b", "/images/a%2Fb%2Fc:1/json?x=a/b", undefined],
    ["GET", "/images/json/json", "/images/json/json", undefined],
    ["GET", "/images/host:5000/app/json", "/images/host:5000%2Fapp/json", undefined],
    ["POST", "/images/a/b/tag?repo=x", "/images/a%2Fb/tag?repo=x", undefined],
    ["POST", "/images/load", "/images/load", undefined],
    ["POST", "/images/create?fromImage=a%2Fb", "/images/create?fromImage=a%2Fb", undefined],
    ["DELETE", "/v1.50/images/a/json", "/images/a%2Fjson", "1.50"],
    ["DELETE", "/images/app", "/images/app", undefined],
    ["GET", "/images/a/b", "/images/a/b", undefined],
  ])("%s %s is routed as %s", (method, given, url, version) => {
    expect(readRequestUrl(method, given)).toEqual({ url, version });
  });
});
