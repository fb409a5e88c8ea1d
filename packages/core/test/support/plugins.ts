import { definePlugin } from '@gradclip/core';
import type { ClipPolicy, Plugin, PolicyEntry, StandardSchema } from '@gradclip/core';
import { always } from './policies.ts';

export function plugin(name: string, policies: Record<string, PolicyEntry>, version = '1.0.0'): Plugin {
  return definePlugin({ meta: { name, version, apiVersion: 1 }, policies });
}

export function entry(create: PolicyEntry['create'], options?: StandardSchema<unknown>): PolicyEntry {
  return { create, ...(options && { options }) };
}

/** A policy of some name that always answers the same threshold. */
export function named(name: string, bound: number = 1): ClipPolicy<null> {
  return { ...always(bound), name };
}
