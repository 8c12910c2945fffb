/**
 * A Dockerfile's image, built without Docker: its steps are run one by one in a Debian that
 * debootstrap made. Needs root.
 * @module
 */
import { type Inside, inside, succeed } from "./container.ts";
import {
  argsOf,
  type Dockerfile,
  expand,
  includedBy,
  type Instruction,
  parseDockerfile,
  type Stage,
} from "./dockerfile.ts";

/** What to build. */
export interface Build {
  /** Beside it lies the list of what it may not see, `.dockerignore` after its name. */
  readonly dockerfile: string;
  /** The folder whose files COPY takes, with a slash at its end. */
  readonly context: string;
  readonly args: Readonly<Record<string, string>>;
  /** Where a Debian and what is downloaded are kept for the next time. */
  readonly cache: string;
}

/** A file system, and what an image says beside it. */
export interface Image extends Inside {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

const BASE = "debian:bookworm-slim";
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What Debian's slim images leave out as well. */
const NOT_SLIM = ["usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt/archives"];

/** Where the certificates of authorities lie that only this machine knows, as of a company's proxy. */
const LENT_CERTIFICATES = "/tmp/certificates.pem";

/** Builds the image in a folder of its own, runs `use` with it, and removes all. */
export async function withImage(build: Build, use: (image: Image) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-image-" });
  try {
    await use(await new Builder(build, folder).image());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

class Builder {
  readonly #build: Build;
  readonly #folder: string;
  readonly #file: Dockerfile;
  readonly #built = new Map<string, Image>();

  constructor(build: Build, folder: string) {
    this.#build = build;
    this.#folder = folder;
    this.#file = parseDockerfile(Deno.readTextFileSync(build.dockerfile), build.args);
  }

  /** The last stage, and what it needs of those before it. */
  image(): Promise<Image> {
    return this.#stage(this.#file.stages.at(-1)!);
  }

  async #stage(stage: Stage): Promise<Image> {
    const root = `${this.#folder}/${stage.name ?? "image"}`;
    let image: Image = {
      ...{ root, user: "root", folder: "/", entrypoint: [], cmd: [] },
      env: new Map([["PATH", PATH]]),
    };
    const from = this.#file.stages.find(({ name }) => name === stage.from);
    if (from === undefined) await this.#unpackBase(stage.from, root);
    else {
      const { root: below, env } = await this.#named(stage.from);
      // Copying is most of the work.
      if (this.#usesOf(stage.from) === 1) await Deno.rename(below, root);
      else await copyAll(below, root);
      image = { ...image, env };
    }
    const scope = new Map(image.env);
    for (const instruction of stage.instructions) {
      image = await this.#after(instruction, image, scope);
    }
    return image;
  }

  #usesOf(name: string): number {
    const begins = this.#file.stages.filter(({ from }) => from === name);
    const copies = this.#file.stages.flatMap(({ instructions }) => instructions)
      .filter(({ flags }) => flags.get("from") === name);
    return begins.length + copies.length;
  }

  async #named(name: string): Promise<Image> {
    const stage = this.#file.stages.find((stage) => stage.name === name)!;
    const image = this.#built.get(name) ?? await this.#stage(stage);
    this.#built.set(name, image);
    return image;
  }

  /** The image after one instruction; `scope` holds the variables that texts may name, ARGs too. */
  async #after(
    instruction: Instruction,
    image: Image,
    scope: Map<string, string>,
  ): Promise<Image> {
    const { name, flags } = instruction;
    if (name === "RUN") {
      await run(instruction.text, { ...image, env: scope });
      return image;
    }
    const text = expand(instruction.text, scope);
    switch (name) {
      case "ARG": {
        const given = { ...Object.fromEntries(this.#file.args), ...this.#build.args };
        for (const [variable, value] of argsOf(instruction, given)) scope.set(variable, value);
        return image;
      }
      case "ENV": {
        const values = text.split(/\s+/).map((pair) => {
          const at = pair.indexOf("=");
          return [pair.slice(0, at), pair.slice(at + 1)] as const;
        });
        for (const [variable, value] of values) scope.set(variable, value);
        return { ...image, env: new Map([...image.env, ...values]) };
      }
      case "ADD":
        await this.#add(text, flags.get("checksum"), image.root);
        return image;
      case "COPY":
        await this.#copy(text.split(/\s+/), flags.get("from"), image);
        return image;
      case "WORKDIR":
        await Deno.mkdir(image.root + text, { recursive: true });
        return { ...image, folder: text };
      case "USER":
        return { ...image, user: text };
      case "ENTRYPOINT":
        return { ...image, entrypoint: JSON.parse(text) };
      case "CMD":
        return { ...image, cmd: JSON.parse(text) };
      case "EXPOSE":
      case "VOLUME":
        return image;
      default:
        throw new Error(`${name} is not known here`);
    }
  }

  async #unpackBase(name: string, root: string): Promise<void> {
    if (name !== BASE) throw new Error(`${name} is not to be had here`);
    const archive = `${this.#build.cache}/bookworm-slim.tar`;
    await onceThere(archive, async (path) => {
      const draft = `${this.#folder}/debian`;
      await succeed(program("debootstrap", "--variant=minbase", "bookworm", draft));
      for (const folder of NOT_SLIM) await Deno.remove(`${draft}/${folder}`, { recursive: true });
      await succeed(program("tar", "--create", "--file", path, "--directory", draft, "."));
      await Deno.remove(draft, { recursive: true });
    });
    await Deno.mkdir(root);
    await succeed(program("tar", "--extract", "--file", archive, "--directory", root));
  }

  async #add(text: string, checksum: string | undefined, root: string): Promise<void> {
    const [url, target] = text.split(/\s+/);
    const digest = checksum?.replace(/^sha256:/, "") ?? "";
    const path = `${this.#build.cache}/${digest}`;
    await onceThere(path, async (path) => {
      const bytes = await (await fetch(url!)).bytes();
      const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
      if (found !== digest) throw new Error(`${url} has the digest ${found}, not ${digest}`);
      await Deno.writeFile(path, bytes);
    });
    await Deno.copyFile(path, root + target!);
  }

  async #copy(paths: readonly string[], from: string | undefined, image: Image): Promise<void> {
    const target = paths.at(-1)!;
    const to = image.root + (target.startsWith("/") ? target : `${image.folder}/${target}`);
    for (const path of paths.slice(0, -1)) {
      if (from !== undefined) await copyAll((await this.#named(from)).root + path, to);
      else await this.#copyContext(path, target.endsWith("/") ? to + path : to);
    }
  }

  async #copyContext(path: string, to: string): Promise<void> {
    const { context, dockerfile } = this.#build;
    const isIncluded = includedBy(await Deno.readTextFile(`${dockerfile}.dockerignore`));
    const copied = async (path: string, to: string) => {
      if ((await Deno.stat(context + path)).isFile) {
        if (isIncluded(path)) await Deno.copyFile(context + path, to);
        return;
      }
      await Deno.mkdir(to, { recursive: true });
      for await (const { name } of Deno.readDir(context + path)) {
        await copied(`${path}/${name}`, `${to}/${name}`);
      }
    };
    await copied(path, to);
  }
}

/** Runs a step, which can look up names as this machine does, and trusts whom it trusts. */
async function run(text: string, image: Image): Promise<void> {
  const names = `${image.root}/etc/resolv.conf`;
  await Deno.copyFile("/etc/resolv.conf", names);
  const trusted = Deno.env.get("NODE_EXTRA_CA_CERTS");
  const env = new Map(image.env);
  if (trusted !== undefined) {
    await Deno.copyFile(trusted, image.root + LENT_CERTIFICATES);
    env.set("NODE_EXTRA_CA_CERTS", LENT_CERTIFICATES);
  }
  try {
    await succeed(inside({ ...image, env }, ["/bin/sh", "-c", text]));
  } finally {
    await Deno.remove(names);
    if (trusted !== undefined) await Deno.remove(image.root + LENT_CERTIFICATES);
  }
}

/** Makes a file where it is not there; it appears under its name whole. */
async function onceThere(path: string, make: (path: string) => Promise<void>): Promise<void> {
  try {
    await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await make(`${path}.${Deno.pid}`);
    await Deno.rename(`${path}.${Deno.pid}`, path);
  }
}

async function copyAll(from: string, to: string): Promise<void> {
  await succeed(program("cp", "--archive", from, to));
}

function program(name: string, ...args: readonly string[]): Deno.Command {
  return new Deno.Command(name, { args: [...args] });
}
