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

let native: Promise<NativeCodecs> | undefined;
let openJph: Promise<JphCodecs> | undefined;
const loaded: { native: NativeCodecs | undefined; openJph: JphCodecs | undefined } = {
  native: undefined,
  openJph: undefined,
};

/**
 * The codecs for frames of these transfer syntaxes, those for JPEG images to look at among them
 * where Baseline is named; all codecs where none is named. What is there already costs nothing.
 */
export async function loadCodecs(transferSyntaxUIDs?: readonly string[]): Promise<Codecs> {
  const codings = transferSyntaxUIDs?.map(codingOf);
  const needs = (...which: readonly Coding[]) =>
    codings === undefined ||
    codings.some((coding) => coding !== undefined && which.includes(coding));
  if (needs("jpeg", "jpegLs", "jpeg2000")) {
    native ??= compile("dcmjs-codecs/build/dcmjs-native-codecs.wasm").then(bindNativeCodecs);
    loaded.native = await native;
  }
  if (needs("htJpeg2000")) {
    openJph ??= loadOpenJph();
    loaded.openJph = await openJph;
  }
  return loaded;
}

async function loadOpenJph(): Promise<JphCodecs> {
  const [module, { default: factory }] = await Promise.all([
    compile("@cornerstonejs/codec-openjph/dist/openjphjs.wasm"),
    import("@cornerstonejs/codec-openjph"),
  ]);
  return bindOpenJph(factory as unknown as JphFactory, module);
}

async function compile(path: string): Promise<WebAssembly.Module> {
  const response = await fetch(new URL(path, PACKAGES));
  return await WebAssembly.compile(await response.arrayBuffer());
}
