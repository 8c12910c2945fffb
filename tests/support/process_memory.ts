/**
 * Memory of a process, as Linux tells it.
 * @module
 */

/** Bytes of memory that a process has now (`resident`), and has had at most (`peak`). */
export interface ProcessMemory {
  readonly resident: number;
  readonly peak: number;
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
