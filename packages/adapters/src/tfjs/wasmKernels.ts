import { backend, engine } from '@tensorflow/tfjs-core';
import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { multiply, sumOfSquares } from '../buffers/loops.ts';
import type { GradientBuffer } from '../buffers/set.ts';

/** kernels.wat, assembled: it runs inside the memory of the wasm backend, where nothing has to be copied. */
export const KERNELS =
  'AGFzbQEAAAABDgJgAn9/AXxgBH9/f30AAg8BA2VudgZtZW1vcnkCAAADAwIAAQcTAgdzcXVhcmVzAAAFc2NhbGUAAQrkAQKcAQIBfwV7IAAgAUECdGohAgJAA0AgACACTw0BIAQgAP1dAwD9XyIDIAP98gH98AEhBCAFIAD9XQMI/V8iAyAD/fIB/fABIQUgBiAA/V0DEP1fIgMgA/3yAf3wASEGIAcgAP1dAxj9XyIDIAP98gH98AEhByAAQSBqIQAMAAsLIAQgBf3wASAGIAf98AH98AEhBCAE/SEAIAT9IQGgC0QCAX8BeyAAIAJBAnRqIQQgA/0TIQUCQANAIAAgBE8NASABIAD9AAQAIAX95gH9CwQAIABBEGohACABQRBqIQEMAAsLCw==';

interface Exports {
  squares(pointer: number, count: number): number;
  scale(from: number, to: number, count: number, factor: number): void;
}

/** What of the wasm backend is needed, where it has it. */
interface WasmBackend extends KernelBackend {
  readonly wasm?: { readonly asm?: { readonly memory?: unknown } };
  makeOutput?(shape: readonly number[], dtype: string): TensorInfo;
  typedArrayFromHeap?(tensor: TensorInfo): Float32Array;
}

/** Loops over the memory of the wasm backend. */
export interface WasmKernels {
  /** To a relative error below 1e-12. */
  squares(buffer: GradientBuffer): number;
  /** A new tensor. */
  scale(tensor: Tensor, factor: number): Tensor;
}

/** Sums of sums are more accurate than long ones. */
const BLOCK = 4096;
const known = new WeakMap<KernelBackend, WasmKernels | null>();

/** null where the backend in force is another one, its memory is shared between threads, or the engine has no SIMD. */
export function wasmKernels(): WasmKernels | null {
  const own: WasmBackend = backend();
  let kernels = known.get(own);
  if (kernels === undefined) known.set(own, (kernels = assemble(own)));
  return kernels;
}

function assemble(own: WasmBackend): WasmKernels | null {
  const memory = own.wasm?.asm?.memory;
  if (!(memory instanceof WebAssembly.Memory) || !own.makeOutput || !own.typedArrayFromHeap) return null;
  try {
    const bytes = Uint8Array.from(atob(KERNELS), (char) => char.charCodeAt(0));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    return kernelsOf(own as Required<WasmBackend>, memory, exports as unknown as Exports);
  } catch {
    return null;
  }
}

function kernelsOf(own: Required<WasmBackend>, memory: WebAssembly.Memory, { squares, scale }: Exports): WasmKernels {
  return {
    squares(buffer) {
      if (buffer.buffer !== memory.buffer || buffer.BYTES_PER_ELEMENT !== 4) return sumOfSquares(buffer);
      const whole = buffer.length - (buffer.length % 8);
      let sum = whole === buffer.length ? 0 : sumOfSquares(buffer.subarray(whole));
      for (let from = 0; from < whole; from += BLOCK)
        sum += squares(buffer.byteOffset + 4 * from, Math.min(BLOCK, whole - from));
      return sum;
    },
    scale(tensor, factor) {
      const from = own.typedArrayFromHeap(tensor).byteOffset;
      const result = own.makeOutput(tensor.shape, 'float32');
      const values = own.typedArrayFromHeap(result);
      const { length } = values;
      const whole = length - (length % 4);
      scale(from, values.byteOffset, whole, factor);
      if (whole < length) {
        const rest = values.subarray(whole);
        rest.set(own.typedArrayFromHeap(tensor).subarray(whole));
        multiply(rest, factor);
      }
      return engine().makeTensorFromTensorInfo(result, own);
    },
  };
}
