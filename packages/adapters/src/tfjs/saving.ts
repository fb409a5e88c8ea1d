import { serialization } from '@tensorflow/tfjs-core';
import type { Optimizer } from '@tensorflow/tfjs-core';
import { decode, encode, GradclipError } from '@gradclip/core';
import type { ClipperSpec, Json } from '@gradclip/core';
import type { Clipping, SavedTensors } from './clipping.ts';
import type { ClockOptions } from './options.ts';

const VERSION = 1;

/** What is saved of a clipped optimizer beside the weights of the inner one. */
export interface SavedClipping {
  readonly version: number;
  readonly optimizer: { readonly className: string; readonly config: Json };
  readonly clipper: ClipperSpec;
  readonly state: Json;
  readonly clock: ClockOptions;
  readonly tensors?: SavedTensors;
}

/**
 * The config of a clipped optimizer. One text, because loading a model rewrites names and texts with underscores in
 * configs; base64 has none.
 * @throws GradclipError NO_SPEC; what reading open late steps throws
 */
export function configOf(
  optimizer: Pick<Optimizer, 'getClassName' | 'getConfig'>,
  clipping: Clipping,
): serialization.ConfigDict {
  clipping.settle();
  const { clipper, options, tensors } = clipping;
  const saved = {
    version: VERSION,
    optimizer: { className: optimizer.getClassName(), config: optimizer.getConfig() },
    clipper: clipper.spec(),
    state: clipper.state(),
    clock: options,
    ...(tensors && { tensors }),
  };
  return { gradclip: toBase64(encode(saved as unknown as Json)) };
}

/** @throws GradclipError STATE_INVALID */
export function readConfig(config: serialization.ConfigDict): SavedClipping {
  const { gradclip } = config;
  try {
    const saved = decode(fromBase64(gradclip as string)) as unknown as SavedClipping;
    if (saved.version === VERSION) return saved;
  } catch {
    // Said below.
  }
  throw new GradclipError('STATE_INVALID', `The saved optimizer holds no clipper of version ${VERSION}.`, {
    advice: 'Save the model with this version, or load it without its optimizer.',
  });
}

/** The inner optimizer, made again. @throws GradclipError UNKNOWN_OPTIMIZER */
export function optimizerFrom({ optimizer: { className, config } }: SavedClipping): Optimizer {
  const known = serialization.SerializationMap.getMap().classNameMap[className];
  if (known) return known[1](known[0], config as serialization.ConfigDict) as Optimizer;
  throw new GradclipError('UNKNOWN_OPTIMIZER', `No optimizer class is registered under the name ${className}.`, {
    where: { className },
    advice: 'Call tf.serialization.registerClass with it before the model is loaded.',
  });
}

function toBase64(text: string): string {
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}

function fromBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}
