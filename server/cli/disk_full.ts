/**
 * A disk without room, which is nobody's fault and ends what writes to it.
 * @module
 */

/** Whether the system failed to write something because the disk, or what one may use of it, is full. */
export function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" || code === "EDQUOT";
}
