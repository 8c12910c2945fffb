/**
 * Memory of a process, as Linux tells it.
 * @module
 */

/** Bytes of memory that a process has now (`resident`), and has had at most (`peak`). */
export interface ProcessMemory {
  readonly resident: number;
  readonly peak: number;
}

/** Of several processes, each figure of the one that has most. */
export async function largestMemoryOf(
  processes: readonly { readonly pid: number }[],
): Promise<ProcessMemory> {
  const all = await Promise.all(processes.map(({ pid }) => memoryOf(pid)));
  return {
    resident: Math.max(...all.map(({ resident }) => resident)),
    peak: Math.max(...all.map(({ peak }) => peak)),
  };
}

/** Reads it; NaN where there is no such process. */
export async function memoryOf(pid: number): Promise<ProcessMemory> {
  // Deno itself may read it with every permission only.
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/status`] }).output();
  const status = new TextDecoder().decode(stdout);
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  return { resident: bytes("VmRSS"), peak: bytes("VmHWM") };
}
