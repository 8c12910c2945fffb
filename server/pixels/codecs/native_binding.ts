/**
 * Calls into the WASM of dcmjs-codecs: IJG's JPEG library in three sample widths, CharLS, OpenJPEG
 * and OpenJPH behind one set of functions on a context that holds a frame's attributes and bytes.
 *
 * An error leaves the WASM as a JavaScript exception thrown through its frames, so its stack is not
 * unwound: an instance that threw is never called again. Its compiled module stays.
 * @module
 */
import type { Bytes } from "../frame.ts";

/** What a call wants to know of a frame. */
export interface NativeFrame {
  readonly Rows: number;
  readonly Columns: number;
  readonly SamplesPerPixel: number;
  readonly BitsAllocated: number;
  readonly BitsStored: number;
  readonly PixelRepresentation: number;
}

/** A decoder of the WASM. */
export type NativeDecoder = "DecodeJpeg" | "DecodeJpegLs" | "DecodeJpeg2000" | "DecodeHtJpeg2000";
/** An encoder of the WASM. */
export type NativeEncoder = "EncodeJpeg" | "EncodeJpegLs" | "EncodeJpeg2000" | "EncodeHtJpeg2000";

/** Settings of encoders; each reads those that it knows. */
export interface NativeParameters {
  readonly lossy: boolean;
  /** JPEG: 1 to 100. */
  readonly quality?: number;
  /** JPEG: 1 gives chroma half the width. */
  readonly sampleFactor?: 0 | 1;
  /** JPEG-LS: how far a sample may be off. */
  readonly allowedError?: number;
  /** JPEG 2000: how many times smaller the first layer is. */
  readonly rate?: number;
  /** JPEG 2000: the colour transform is applied. */
  readonly colourTransform?: boolean;
  /** JPEG 2000: 0 LRCP, 1 RLCP, 2 RPCL, 3 PCRL, 4 CPRL. */
  readonly progressionOrder?: number;
}

/** The codecs of the WASM; every method throws NativeError. */
export interface NativeCodecs {
  decode(name: NativeDecoder, frame: NativeFrame, encoded: Bytes, toRgb?: boolean): Bytes;
  encode(
    name: NativeEncoder,
    frame: NativeFrame,
    decoded: Bytes,
    parameters: NativeParameters,
  ): Bytes;
}

/** The WASM gave up, of its own or by a trap; its reason is about the stream, for logs of a developer only. */
export class NativeError extends Error {
  override readonly name = "NativeError";
  /** It had taken so much memory that this may be the reason. */
  readonly exhausted: boolean;

  constructor(reason: unknown, memory?: WebAssembly.Memory) {
    super(reason instanceof Error ? reason.message : String(reason));
    this.exhausted = memory !== undefined && memory.buffer.byteLength > EXHAUSTED_MEMORY;
  }
}

/** Linear memory can be 4 GiB at most, 2 GiB in some builds, and grows by large steps. */
const EXHAUSTED_MEMORY = 1024 * 1024 * 1024;

/** Linear memory that an instance begins with; one that had to grow is discarded after the call. */
const INITIAL_MEMORY = 256 * 1024 * 1024;

/** Complaints of IJG's library, which goes on after them with samples that it made up. */
const BROKEN_ENTROPY =
  /premature end of data segment|bad Huffman code|instead of RST|Premature end/;

/** Of PhotometricInterpretation the WASM asks one thing: whether the colour transform is wanted. */
const RGB = 3;
const YBR_FULL = 4;

type Numbers = (...values: number[]) => number;
interface Instance {
  readonly memory: WebAssembly.Memory;
  readonly call: Readonly<Record<string, Numbers>>;
}

/** Binds a compiled module; instances are made when they are needed. */
export function bindNativeCodecs(module: WebAssembly.Module): NativeCodecs {
  let instance: Instance | undefined;

  function run<Result>(work: (instance: Instance) => Result): Result {
    const current = instance ?? instantiate(module);
    instance = undefined;
    let result: Result;
    try {
      result = work(current);
    } catch (error) {
      throw new NativeError(error, current.memory);
    }
    // Linear memory never shrinks.
    if (current.memory.buffer.byteLength <= INITIAL_MEMORY * 1.5) instance = current;
    return result;
  }

  return {
    decode: (name, frame, encoded, toRgb = false) =>
      run(({ call, memory }) => {
        const context = createContext(call, frame, YBR_FULL);
        call.SetEncodedBufferSize!(context, encoded.length);
        new Uint8Array(memory.buffer).set(encoded, call.GetEncodedBuffer!(context));
        const parameters = call.CreateDecoderParameters!();
        call.SetConvertColorspaceToRgb!(parameters, toRgb ? 1 : 0);
        call[name]!(context, parameters);
        call.ReleaseDecoderParameters!(parameters);
        const start = call.GetDecodedBuffer!(context);
        const length = call.GetDecodedBufferSize!(context);
        const decoded = copy(memory, start, length);
        call.ReleaseCodecsContext!(context);
        return decoded;
      }),
    encode: (name, frame, decoded, settings) =>
      run(({ call, memory }) => {
        const context = createContext(call, frame, settings.colourTransform ? RGB : YBR_FULL);
        call.SetDecodedBufferSize!(context, decoded.length);
        new Uint8Array(memory.buffer).set(decoded, call.GetDecodedBuffer!(context));
        const parameters = createEncoderParameters(call, settings);
        call[name]!(context, parameters);
        call.ReleaseEncoderParameters!(parameters);
        const start = call.GetEncodedBuffer!(context);
        const length = call.GetEncodedBufferSize!(context);
        const encoded = copy(memory, start, length);
        call.ReleaseCodecsContext!(context);
        return encoded;
      }),
  };
}

function createContext(
  call: Instance["call"],
  frame: NativeFrame,
  photometricInterpretation: number,
): number {
  const context = call.CreateCodecsContext!();
  call.SetColumns!(context, frame.Columns);
  call.SetRows!(context, frame.Rows);
  call.SetBitsAllocated!(context, frame.BitsAllocated);
  call.SetBitsStored!(context, frame.BitsStored);
  call.SetSamplesPerPixel!(context, frame.SamplesPerPixel);
  call.SetPixelRepresentation!(context, frame.PixelRepresentation);
  call.SetPlanarConfiguration!(context, 0);
  call.SetPhotometricInterpretation!(context, photometricInterpretation);
  return context;
}

function createEncoderParameters(call: Instance["call"], settings: NativeParameters): number {
  const parameters = call.CreateEncoderParameters!();
  call.SetLossy!(parameters, settings.lossy ? 1 : 0);
  call.SetQuality!(parameters, settings.quality ?? 90);
  call.SetSmoothingFactor!(parameters, 0);
  call.SetSampleFactor!(parameters, settings.sampleFactor ?? 0);
  // The first-order predictor of selection value 1 is what 1.2.840.10008.1.2.4.70 stands for.
  call.SetPredictor!(parameters, 1);
  call.SetPointTransform!(parameters, 0);
  call.SetAllowedLossyError!(parameters, settings.allowedError ?? 0);
  call.SetProgressionOrder!(parameters, settings.progressionOrder ?? 0);
  call.SetRate!(parameters, settings.rate ?? 0);
  call.SetAllowMct!(parameters, settings.colourTransform ? 1 : 0);
  return parameters;
}

function copy(memory: WebAssembly.Memory, start: number, length: number): Bytes {
  return new Uint8Array(memory.buffer, start, length).slice();
}

function instantiate(module: WebAssembly.Module): Instance {
  const text = (pointer: number, length: number) =>
    String.fromCharCode(...new Uint8Array(memory.buffer, pointer, Math.min(length, 1000)));
  const env = {
    onCodecsException(pointer: number, length: number) {
      throw new NativeError(text(pointer, length));
    },
    onCodecsInfo(pointer: number, length: number) {
      const message = text(pointer, length);
      if (BROKEN_ENTROPY.test(message)) throw new NativeError(message);
    },
    onCodecsTrace() {},
    emscripten_notify_memory_growth() {},
  };
  const SUCCESS = 0;
  const wasi = {
    proc_exit(code: number) {
      throw new NativeError(`The codec ended with ${code}`);
    },
    clock_time_get: () => SUCCESS,
    fd_write(_fd: number, vectors: number, count: number, written: number) {
      // Whoever writes goes on until everything is written: said too little, that is for ever.
      const view = new DataView(memory.buffer);
      let sum = 0;
      for (let i = 0; i < count; i++) sum += view.getUint32(vectors + 8 * i + 4, true);
      view.setUint32(written, sum, true);
      return SUCCESS;
    },
    fd_close: () => SUCCESS,
    fd_seek: () => SUCCESS,
    environ_sizes_get(count: number, size: number) {
      const view = new DataView(memory.buffer);
      view.setUint32(count, 0, true);
      view.setUint32(size, 0, true);
      return SUCCESS;
    },
    environ_get: () => SUCCESS,
  };
  const { exports } = new WebAssembly.Instance(module, { env, wasi_snapshot_preview1: wasi });
  const memory = exports.memory as WebAssembly.Memory;
  const call = exports as unknown as Record<string, Numbers>;
  call._initialize!();
  return { memory, call };
}
