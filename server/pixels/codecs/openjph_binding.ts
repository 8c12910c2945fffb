/**
 * Calls into OpenJPH as @cornerstonejs/codec-openjph compiles it: with SIMD, so that it takes a
 * third of the time of the one inside dcmjs-codecs.
 * @module
 */
import type { Bytes } from "../frame.ts";
import { NativeError } from "./native_binding.ts";

/** A frame as OpenJPH knows it: samples of up to 8 bits in a byte, others in two. */
export interface JphFrame {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned: boolean;
  readonly isUsingColorTransform: boolean;
}

/** How a codestream is made. */
export interface JphParameters {
  readonly lossless: boolean;
  /** Of a lossy stream: the step of the quantizer as a part of the range of samples. */
  readonly quantizationStep?: number;
  readonly decompositions: number;
  /** 0 LRCP, 1 RLCP, 2 RPCL, 3 PCRL, 4 CPRL. */
  readonly progressionOrder: number;
}

/** OpenJPH's codecs; both methods throw NativeError. */
export interface JphCodecs {
  decode(codestream: Bytes): Bytes;
  encode(frame: JphFrame, decoded: Bytes, parameters: JphParameters): Bytes;
}

/** What embind makes of OpenJPH's classes. */
interface JphDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}
interface JphEncoder {
  getDecodedBuffer(frame: JphFrame): Uint8Array;
  setQuality(lossless: boolean, quantizationStep: number): void;
  setDecompositions(count: number): void;
  setProgressionOrder(order: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}
interface JphModule {
  HTJ2KDecoder: new () => JphDecoder;
  HTJ2KEncoder: new () => JphEncoder;
}

/**
 * The package's default export: its classes are put on the object that it is given, which is done
 * when it returns as long as the WASM is instantiated in that call.
 */
export type JphFactory = (options: FactoryOptions & Partial<JphModule>) => Promise<unknown>;

/** See emscripten's documentation of the module object. */
interface FactoryOptions {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ): unknown;
  print(): void;
  printErr(): void;
}

/** Linear memory beyond which an instance is not used again, since it never shrinks. */
const MEMORY_KEPT = 256 * 1024 * 1024;

interface Instance extends JphModule {
  readonly memory: WebAssembly.Memory;
}

/** Binds OpenJPH; an instance that threw is never called again. */
export function bindOpenJph(factory: JphFactory, module: WebAssembly.Module): JphCodecs {
  let instance: Instance | undefined;

  function run<Result>(work: (instance: Instance) => Result): Result {
    const current = instance ?? instantiate(factory, module);
    instance = undefined;
    let result: Result;
    try {
      result = work(current);
    } catch (error) {
      // What C++ throws arrives as the number of a pointer.
      throw new NativeError(error, current.memory);
    }
    if (current.memory.buffer.byteLength <= MEMORY_KEPT) instance = current;
    return result;
  }

  return {
    decode: (codestream) =>
      run(({ HTJ2KDecoder }) => {
        const decoder = new HTJ2KDecoder();
        decoder.getEncodedBuffer(codestream.length).set(codestream);
        decoder.decode();
        const decoded = new Uint8Array(decoder.getDecodedBuffer());
        decoder.delete();
        return decoded;
      }),
    encode: (frame, decoded, parameters) =>
      run(({ HTJ2KEncoder }) => {
        const encoder = new HTJ2KEncoder();
        encoder.getDecodedBuffer(frame).set(decoded);
        encoder.setQuality(parameters.lossless, parameters.quantizationStep ?? 0);
        encoder.setDecompositions(parameters.decompositions);
        encoder.setProgressionOrder(parameters.progressionOrder);
        encoder.encode();
        const encoded = new Uint8Array(encoder.getEncodedBuffer());
        encoder.delete();
        return encoded;
      }),
  };
}

function instantiate(factory: JphFactory, module: WebAssembly.Module): Instance {
  let memory: WebAssembly.Memory | undefined;
  const options: FactoryOptions & Partial<JphModule> = {
    instantiateWasm(imports, done) {
      const instance = new WebAssembly.Instance(module, imports);
      memory = Object.values(instance.exports)
        .find((value) => value instanceof WebAssembly.Memory);
      done(instance);
      return {};
    },
    print() {},
    printErr() {},
  };
  factory(options).catch(() => {});
  const { HTJ2KDecoder, HTJ2KEncoder } = options;
  if (memory === undefined || HTJ2KDecoder === undefined || HTJ2KEncoder === undefined) {
    throw new NativeError("OpenJPH does not start");
  }
  return { memory, HTJ2KDecoder, HTJ2KEncoder };
}
