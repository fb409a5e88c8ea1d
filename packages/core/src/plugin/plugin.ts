import type { Clipper } from '../clipper.ts';
import type { ClipPolicy } from '../policy.ts';
import type { ClipperSpec, PolicySpec, StageSpec } from '../spec.ts';
import type { GradientStage } from '../stage.ts';

/** The part of Standard Schema that is used; any library that implements it fits, and it must be synchronous. */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => unknown;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** How a registry makes a policy from options that came as plain data. */
// oxlint-disable-next-line typescript/no-explicit-any -- a plugin lists entries of many option types
export interface PolicyEntry<Options = any> {
  readonly options?: StandardSchema<Options>;
  /** `make` builds the policies inside a combinator. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the state of a policy is its own affair
  create(options: Options, make: (spec: PolicySpec | number) => ClipPolicy): ClipPolicy<any>;
}

/** How a registry makes a gradient stage from options that came as plain data. */
// oxlint-disable-next-line typescript/no-explicit-any -- as above
export interface StageEntry<Options = any> {
  readonly options?: StandardSchema<Options>;
  // oxlint-disable-next-line typescript/no-explicit-any -- the state of a stage is its own affair
  create(options: Options): GradientStage<any>;
}

/** What a package of policies exports. Nothing is registered by importing it. */
export interface Plugin {
  readonly meta: { readonly name: string; readonly version: string; readonly apiVersion: 1 };
  readonly policies: Readonly<Record<string, PolicyEntry>>;
  readonly stages?: Readonly<Record<string, StageEntry>>;
}

/** Returns its argument, and checks its type. */
export function definePlugin<const P extends Plugin>(plugin: P): P {
  return plugin;
}

/** Makes policies, clippers and gradient stages from plain data. */
export interface Registry {
  /** @throws GradclipError UNKNOWN_POLICY, AMBIGUOUS_POLICY, INVALID_SPEC, INVALID_OPTION */
  policy(spec: PolicySpec | number): ClipPolicy;
  /** @throws GradclipError as policy, and as createClipper */
  clipper(spec: ClipperSpec): Clipper;
  /** @throws GradclipError UNKNOWN_STAGE, AMBIGUOUS_STAGE, INVALID_SPEC, INVALID_OPTION */
  stage(spec: StageSpec): GradientStage;
  /** Its policies. */
  list(): readonly { readonly name: string; readonly plugin: string }[];
  listStages(): readonly { readonly name: string; readonly plugin: string }[];
}
