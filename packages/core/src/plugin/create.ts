import { describe, GradclipError } from '../errors.ts';
import type { PolicySpec, StageSpec } from '../spec.ts';
import type { Kind } from './find.ts';
import type { StandardSchema } from './plugin.ts';

/** What makes something of options that came as plain data. */
interface Entry {
  readonly options?: StandardSchema<unknown>;
}

/** @throws GradclipError INVALID_SPEC where the value has no name */
export function checkSpec(spec: PolicySpec | StageSpec, rule: string, advice: string): void {
  if (typeof spec === 'object' && spec !== null && typeof spec.name === 'string') return;
  throw new GradclipError('INVALID_SPEC', `A spec must be ${rule}, got ${describe(spec)}.`, { advice });
}

/** Calls a factory with checked options. @throws GradclipError INVALID_SPEC, and what the factory refuses */
export function createFrom<T>(
  entry: Entry,
  spec: PolicySpec | StageSpec,
  { what }: Kind,
  factory: (options: unknown) => unknown,
  fits: (made: unknown) => made is T,
): T {
  const invalid = (why: string, advice: string, cause?: unknown): GradclipError =>
    new GradclipError('INVALID_SPEC', `The ${what} ${describe(spec.name)} cannot be made: ${why}.`, {
      where: { name: spec.name },
      advice,
      ...(cause !== undefined && { cause }),
    });
  const options = validated(entry, spec.options ?? {}, invalid);
  try {
    const made: unknown = factory(options);
    if (fits(made)) return made;
    throw invalid(`its factory returned ${describe(made)}, not a ${what}`, `Return a ${what} from create.`);
  } catch (cause) {
    if (cause instanceof GradclipError) throw cause;
    throw invalid('its factory threw', `Compare the options with the documentation of the ${what}.`, cause);
  }
}

type Invalid = (why: string, advice: string, cause?: unknown) => GradclipError;

function validated({ options: schema }: Entry, given: unknown, invalid: Invalid): unknown {
  if (!schema) return given;
  const result = validate(schema, given, invalid);
  if (!result.issues) return result.value;
  const issues = result.issues.map(({ message, path = [] }) => {
    const keys = path.map((key) => String(typeof key === 'object' && key !== null && 'key' in key ? key.key : key));
    return keys.length ? `${keys.join('.')}: ${message}` : message;
  });
  throw invalid(issues.join('; '), 'Mend the options.');
}

interface Validated {
  readonly value?: unknown;
  readonly issues?: readonly { readonly message: string; readonly path?: readonly unknown[] }[];
}

function validate(schema: StandardSchema<unknown>, given: unknown, invalid: Invalid): Validated {
  let result: unknown;
  try {
    result = schema['~standard'].validate(given);
  } catch (cause) {
    throw invalid('its schema threw', 'A schema reports issues; mend it.', cause);
  }
  if (typeof result === 'object' && result !== null && !('then' in result)) return result;
  if (result instanceof Promise) result.catch(() => {});
  throw invalid(
    `its schema answered with ${describe(result)}, perhaps a promise`,
    'Use a synchronous Standard Schema.',
  );
}
