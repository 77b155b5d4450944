import type { ContainerDocument } from "../compute/documents.ts";

/** What a container may use; absent is without limit. */
export interface ContainerLimits {
  /** Bytes. */
  readonly memory?: number;
  /** Processors, with fractions. */
  readonly processors?: number;
  /** Share of a busy host's processors, 1 to 10000. */
  readonly weight?: number;
}

export function limitsOf(document: ContainerDocument, hostProcessors: number): ContainerLimits {
  const { MemoryMaximumInMB, ProcessorCount, ProcessorMaximum, ProcessorWeight } = document;
  const processors = [
    ...(ProcessorCount > 0 && ProcessorCount < hostProcessors ? [ProcessorCount] : []),
    ...(ProcessorMaximum > 0 && ProcessorMaximum < 10_000 ? [(hostProcessors * ProcessorMaximum) / 10_000] : []),
  ];
  return {
    ...(MemoryMaximumInMB > 0 ? { memory: MemoryMaximumInMB * 1024 * 1024 } : {}),
    ...(processors.length > 0 ? { processors: Math.min(...processors) } : {}),
    ...(ProcessorWeight > 0 ? { weight: ProcessorWeight } : {}),
  };
}
