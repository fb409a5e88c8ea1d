import { serialization } from '@tensorflow/tfjs-core';
import { assertOption } from '@gradclip/core';
import type { Registry } from '@gradclip/core';
import { Clipping } from './clipping.ts';
import { ClipOptimizer } from './clipOptimizer.ts';
import { takeClipper } from './options.ts';
import { optimizerFrom, readConfig } from './saving.ts';

/**
 * Lets tfjs load models that were saved with a clipped optimizer: once, before `tf.loadLayersModel`. The loaded model goes
 * on as if it had never stopped: policy, options and state are those that were saved.
 *
 * @param registry makes the policies again, from `createRegistry([policiesPlugin])`. Without one the loaded optimizer
 * waits for `attachClipper(model.optimizer, policy)`, which gives it the saved state.
 * @throws GradclipError INVALID_OPTION; while loading UNKNOWN_POLICY, UNKNOWN_OPTIMIZER, STATE_INVALID, STATE_MISMATCH
 * @example
 * registerClipOptimizer(createRegistry([policiesPlugin]));
 * const model = await tf.loadLayersModel('file://model/model.json');
 */
export function registerClipOptimizer(registry?: Registry): void {
  const isRegistry = registry === undefined || typeof registry?.clipper === 'function';
  assertOption('registerClipOptimizer', 'registry', registry, isRegistry, 'what createRegistry returns');
  serialization.registerClass(
    class extends ClipOptimizer {
      /** @nocollapse */
      static override fromConfig<T extends serialization.Serializable>(
        _: serialization.SerializableConstructor<T>,
        config: serialization.ConfigDict,
      ): T {
        return load(config, registry) as unknown as T;
      }
    },
  );
}

function load(config: serialization.ConfigDict, registry: Registry | undefined): ClipOptimizer {
  const saved = readConfig(config);
  const inner = optimizerFrom(saved);
  if (!registry) return new ClipOptimizer(inner, undefined, saved);
  const clipper = registry.clipper(saved.clipper);
  clipper.restore(saved.state);
  const [own, clock] = takeClipper('registerClipOptimizer', clipper, saved.clock);
  return new ClipOptimizer(inner, new Clipping(own, clock, saved.tensors));
}
