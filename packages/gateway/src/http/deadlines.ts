/** Milliseconds within which a request must be answered; what listing and inspecting read is in memory or on disk. */
export const readDeadline = 60_000;

/** Of requests that work on the host: starting a container may wait minutes for the host compute service. */
export const changeDeadline = 15 * 60_000;
