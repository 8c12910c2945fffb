/** @module */
import type { Index } from "./index.ts";
export function openRemoteIndex(_place: unknown, _options: unknown): Promise<Index> {
  throw new Error();
}
