/**
 * Loads the WASM that a piece of work needs, when it is first needed.
 * @module
 */
import type { Coding } from "./syntaxes.ts";
import { codingOf } from "./syntaxes.ts";
import { bindNativeCodecs, type NativeCodecs } from "./native_binding.ts";
import { bindOpenJph, type JphCodecs, type JphFactory } from "./openjph_binding.ts";

/** What is loaded; one that a call needs and that is not there is a TypeError. */
export interface Codecs {
  readonly native: NativeCodecs | undefined;
  readonly openJph: JphCodecs | undefined;
}

/** The packages' files lie in node_modules, whose place a permission to read names. */
const PACKAGES = new URL("../../../node_modules/", import.meta.url);
const NATIVE = "dcmjs-codecs/build/dcmjs-native-codecs.wasm";
const OPENJPH = "@cornerstonejs/codec-openjph/dist/openjphjs.wasm";

/** What is being loaded; given up where that fails, to be tried again. */
let native: Promise<NativeCodecs> | undefined;
let openJph: Promise<JphCodecs> | undefined;
const loaded: { native: NativeCodecs | undefined; openJph: JphCodecs | undefined } = {
  native: undefined,
  openJph: undefined,
};

/**
 * The codecs for frames of these transfer syntaxes; all codecs where none is named. What is there already costs nothing.
 * Rejects where a package's file cannot be read.
 */
export async function loadCodecs(transferSyntaxUIDs?: readonly string[]): Promise<Codecs> {
  const codings = transferSyntaxUIDs?.map(codingOf);
  const needs = (...which: readonly Coding[]) =>
    codings === undefined ||
    codings.some((coding) => coding !== undefined && which.includes(coding));
  if (needs("jpeg", "jpegLs", "jpeg2000")) {
    loaded.native ??= await (native ??= compile(NATIVE).then(bindNativeCodecs)).catch((error) => {
      native = undefined;
      throw error;
    });
  }
  if (needs("htJpeg2000")) {
    loaded.openJph ??= await (openJph ??= loadOpenJph()).catch((error) => {
      openJph = undefined;
      throw error;
    });
  }
  return loaded;
}

async function loadOpenJph(): Promise<JphCodecs> {
  const [module, { default: factory }] = await Promise.all([
    compile(OPENJPH),
    import("@cornerstonejs/codec-openjph"),
  ]);
  return bindOpenJph(factory as unknown as JphFactory, module);
}

async function compile(path: string): Promise<WebAssembly.Module> {
  const response = await fetch(new URL(path, PACKAGES));
  return await WebAssembly.compile(await response.arrayBuffer());
}
