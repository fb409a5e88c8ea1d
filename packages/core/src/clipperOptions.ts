import type { Scope } from './event.ts';
import { GUARD_OPTIONS } from './guard.ts';
import type { GuardOptions } from './guard.ts';
import type { PolicyLike } from './policy.ts';

export interface ClipperOptions extends GuardOptions {
  /** 'global', or 'group' when groups are given. A policy that has a scope of its own runs at that one. */
  scope?: Scope;
  /** Order p of the norm, 0 < p <= 512 or Infinity. Default 2. */
  norm?: number;
  /** Decide and report, but change nothing: neither skips, halts nor throws. Default false. */
  observe?: boolean;
  /** Policies that only watch, by name; they appear in stats().shadows. */
  shadows?: Readonly<Record<string, PolicyLike>>;
}

/** The names of them, for adapters that take them along with their own. */
export const CLIPPER_OPTIONS: readonly string[] = [...GUARD_OPTIONS, 'scope', 'norm', 'observe', 'shadows'];
