import type { ClipPolicy } from '@gradclip/core';
import { RegistryIdentifier } from '@gradclip/core/inversify';
import type { Registry } from '@gradclip/core/inversify';
import { inject, injectable } from 'inversify';

/** A class of yours that needs policies by name: the container hands it the registry. */
@injectable()
export class Experiment {
  readonly #registry: Registry;

  constructor(@inject(RegistryIdentifier) registry: Registry) {
    this.#registry = registry;
  }

  /** The policy, never above 3. */
  policy(name: string): ClipPolicy {
    const options = name === 'percentile' ? { p: 50 } : {};
    return this.#registry.policy({ name: 'cap', options: { policy: { name, options }, limit: 3 } });
  }
}
