/** Version of this package. Made by `pnpm generate` from package.json. */
export const engineVersion = "0.2.0";
