/**
 * Node.js versions that the packages run on, as each package.json says it: SQLite without a flag begins with 22.13, and 23
 * is no longer maintained.
 */
export const nodeRange = "^22.13.0 || >=24.0.0";

/** The lowest and the highest version that tests run on: `node scripts/unit-on-node.mjs VERSION`. */
export const testedNodes = { lowest: "22.13.0", highest: "26.10.0" };

/** From when on Node.js runs TypeScript without a flag, which scripts and tests need; it is within the range. */
const runsTypeScript = /** @type {const} */ ([22, 18]);

/**
 * Whether a Node.js can build and test this clone.
 *
 * @param {string} version as `process.versions.node`
 */
export function servesClone(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major >= 24 || (major === runsTypeScript[0] && minor >= runsTypeScript[1]);
}
