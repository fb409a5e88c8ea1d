import { describe } from '../errors.ts';
import type { ErrorPlace } from '../errors.ts';
import { decode, encode } from '../json.ts';
import type { Json } from '../json.ts';
import type { Check } from './check.ts';
import { errorInWords, Finding, syncCheck } from './check.ts';

/** What policies and stages say of their state alike. */
export interface Saveable {
  // oxlint-disable-next-line typescript/no-explicit-any -- the state is the subject's own affair
  save?(state: any): Json;
  load?(saved: Json, version: number): unknown;
  readonly stateVersion?: number;
}

export function saveableChecks(make: () => Saveable): readonly Check[] {
  return [
    syncCheck(
      'has save and load, or neither',
      'A state that is plain data needs neither; one that is not needs both.',
      () => {
        const { save, load } = make();
        if (save && !load) throw new Finding('expected load beside save, got save alone');
        if (load && !save) throw new Finding('expected save beside load, got load alone');
      },
    ),
    syncCheck(
      'counts the versions of its state from 1',
      'Start with stateVersion 1, the default, and add 1 whenever the saved form changes.',
      () => {
        const { stateVersion = 1 } = make();
        if (!(Number.isInteger(stateVersion) && stateVersion >= 1))
          throw new Finding(`expected a whole number >= 1 as stateVersion, got ${describe(stateVersion)}`);
      },
    ),
  ];
}

/** The saved state as text, as it would be written. Throws a Finding when it is not plain data. */
export function textOf(subject: Saveable, state: unknown, where: ErrorPlace): string {
  try {
    const saved = subject.save ? subject.save(state) : (state as Json);
    const text = encode(saved);
    if (encode(decode(text)) === text) return text;
    throw new Error(`${inShort(encode(decode(text)))} after writing and reading ${inShort(text)}`);
  } catch (cause) {
    throw new Finding(`expected a state that can be written, got ${errorInWords(cause)}`, where, cause);
  }
}

/** The state that a text stands for. Throws a Finding when load throws. */
export function stateOf(subject: Saveable, text: string, where: ErrorPlace): unknown {
  if (!subject.load) return decode(text);
  try {
    return subject.load(decode(text), subject.stateVersion ?? 1);
  } catch (cause) {
    throw new Finding(`expected load to accept what save returned, got ${errorInWords(cause)}`, where, cause);
  }
}

export function inShort(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
