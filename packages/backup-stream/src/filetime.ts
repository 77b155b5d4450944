/** 1601-01-01 to 1970-01-01 in units of 100 ns. */
const EPOCH_DIFFERENCE = 116_444_736_000_000_000n;

/** FILETIME (units of 100 ns since 1601) of a time in nanoseconds since 1970; parts of a unit are dropped, downward. */
export function filetimeFromUnixNanoseconds(nanoseconds: bigint): bigint {
  const remainder = ((nanoseconds % 100n) + 100n) % 100n;
  return (nanoseconds - remainder) / 100n + EPOCH_DIFFERENCE;
}

/** Nanoseconds since 1970 of a FILETIME. */
export function unixNanosecondsFromFiletime(filetime: bigint): bigint {
  return (filetime - EPOCH_DIFFERENCE) * 100n;
}
