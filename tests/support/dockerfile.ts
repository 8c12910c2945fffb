/**
 * Dockerfiles, as far as this project's needs: their instructions by stage, and what of a build's
 * context they may see.
 * @module
 */

/** One line of a Dockerfile, its continuations joined. */
export interface Instruction {
  /** In capitals. */
  readonly name: string;
  /** `--name=value` in front of what else it says. */
  readonly flags: ReadonlyMap<string, string>;
  readonly text: string;
}

/** What follows a FROM. */
export interface Stage {
  /** An image, or the name of another stage. */
  readonly from: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile. */
export interface Dockerfile {
  /** ARGs before the first stage, with their defaults. */
  readonly args: ReadonlyMap<string, string>;
  /** In their order; the last one is the image. */
  readonly stages: readonly Stage[];
}

/** Parses a Dockerfile; `given` are values of `--build-arg` and those that the builder itself knows. */
export function parseDockerfile(
  text: string,
  given: Readonly<Record<string, string>>,
): Dockerfile {
  const args = new Map<string, string>();
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of instructionsOf(text)) {
    const stage = stages.at(-1);
    if (instruction.name === "FROM") {
      const known = new Map([...args, ...Object.entries(given)]);
      const [from, , name] = expand(instruction.text, known).split(/\s+/);
      stages.push({ from: from!, name, instructions: [] });
    } else if (stage !== undefined) stage.instructions.push(instruction);
    else for (const [name, value] of argsOf(instruction, given)) args.set(name, value);
  }
  return { args, stages };
}

function* instructionsOf(text: string): Generator<Instruction> {
  const lines = text.split("\n").filter((line) => !/^\s*#/.test(line)).join("\n");
  for (const line of lines.replaceAll(/\\\n\s*/g, "").split("\n")) {
    if (line.trim() === "") continue;
    const [, name, flags, rest] = /^(\w+)\s+((?:--[\w-]+=\S+\s+)*)(.*)$/.exec(line)!;
    // RUN's are its program's own.
    const pairs = flags!.trim().split(/\s+/).filter((flag) => flag !== "").map((flag) => {
      const at = flag.indexOf("=");
      return [flag.slice(2, at), flag.slice(at + 1)] as const;
    });
    yield { name: name!.toUpperCase(), flags: new Map(pairs), text: rest!.trim() };
  }
}

/** The values that an ARG brings, `given` before its default. */
export function argsOf(
  { name, text }: Instruction,
  given: Readonly<Record<string, string>>,
): [string, string][] {
  if (name !== "ARG") throw new Error(`${name} is not known before FROM`);
  const [variable, ...rest] = text.split("=");
  const value = given[variable!] ?? (rest.length > 0 ? rest.join("=") : undefined);
  return value === undefined ? [] : [[variable!, value]];
}

/** A text with `${NAME}` replaced. Throws where one is not known, which Docker would take for empty. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name) => {
    const value = variables.get(name);
    if (value === undefined) throw new Error(`${name} is not known in ${text}`);
    return value;
  });
}

/** Which files of a context a `.dockerignore` leaves in; paths are relative to the context. */
export function includedBy(dockerignore: string): (path: string) => boolean {
  const rules = dockerignore.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const included = line.startsWith("!");
      const pattern = line.slice(included ? 1 : 0).replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
      return { included, pattern: new RegExp(`^${pattern.replaceAll("*", "[^/]*")}(/|$)`) };
    });
  // The last that matches decides.
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.included ?? true;
}
