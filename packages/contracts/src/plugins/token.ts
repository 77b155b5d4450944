/**
 * A typed name for a service. tsyringe's own tokens are unchecked casts; this one carries the service's type, so that
 * `resolve(storageBackendToken)` is a `StorageBackend` without saying so.
 */
export interface ServiceToken<T> {
  /** Unique, as `oriel.<service>`. */
  readonly id: string;
  readonly symbol: symbol;
  /** Never present at run time; ties `T` to the token. */
  readonly phantom?: (value: T) => T;
}

/** Makes a token. Two calls with the same id make the same token, also across copies of this package. */
export function serviceToken<T>(id: string): ServiceToken<T> {
  return Object.freeze({ id, symbol: Symbol.for(id) });
}
