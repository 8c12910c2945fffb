/**
 * Processes in a root folder of their own, as in a container. Needs root. What they have mounted is
 * mounted for them alone, and gone when they have ended.
 * @module
 */

/** How a process runs. */
export interface Inside {
  /** Its root folder. */
  readonly root: string;
  readonly env: ReadonlyMap<string, string>;
  readonly user: string;
  /** Where it starts, seen from inside. */
  readonly folder: string;
}

/** In a mount name space of its own; each program becomes the next, so that signals reach the last. */
const MOUNT = 'mount -t proc proc "$0/proc" && exec "$@"';

/** A command that runs another inside. */
export function inside(
  { root, env, user, folder }: Inside,
  command: readonly string[],
  options: Omit<Deno.CommandOptions, "args" | "env" | "cwd"> = {},
): Deno.Command {
  const variables = [...env].map(([name, value]) => `${name}=${value}`);
  return new Deno.Command("unshare", {
    args: [
      ...["--mount", "sh", "-c", MOUNT, root],
      ...["env", "--ignore-environment", ...variables],
      ...["chroot", `--userspec=${user}:${user}`, root],
      ...["env", `--chdir=${folder}`, ...command],
    ],
    stdin: "null",
    ...options,
  });
}

/** Runs a program to its end. Throws with what it wrote where it fails. */
export async function succeed(command: Deno.Command): Promise<string> {
  const { success, stdout, stderr } = await command.output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${out}\n${error}`);
  return out!;
}

/** SIGKILL to every process in a root folder, whosever child it is. */
export function killAllWithin(root: string): void {
  for (const { name } of Deno.readDirSync("/proc")) {
    if (/^\d+$/.test(name) && rootOf(name) === root) Deno.kill(Number(name), "SIGKILL");
  }
}

function rootOf(pid: string): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/${pid}/root`);
  } catch {
    // It has ended just now, or is not for this process to look at.
    return undefined;
  }
}
