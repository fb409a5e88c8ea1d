import { describe } from '../../errors.ts';
import { encode, decode, sameJson } from '../../json.ts';
import { isPolicy } from '../../policy.ts';
import type { Check } from '../check.ts';
import { errorInWords, Finding, syncCheck } from '../check.ts';
import { NEEDS, SCOPES } from '../../event.ts';
import { saveableChecks } from '../saveable.ts';
import { expectSame, run } from './run.ts';
import { sequencesOf } from './subject.ts';
import type { PolicySubject } from './subject.ts';

const METHODS = ['forecast', 'explain', 'save', 'load'] as const;

/** What a policy is: its name, its functions, what it asks for, its options. */
export function shapeChecks({ make, short, long, registry }: PolicySubject): readonly Check[] {
  return [
    syncCheck(
      'has a name, init and decide',
      'Return an object with a name (a text), init(key) and decide(state, event).',
      () => {
        const policy = make();
        if (!isPolicy(policy))
          throw new Finding(`expected an object with name, init and decide, got ${describe(policy)}`);
        for (const method of METHODS)
          if (policy[method] !== undefined && typeof policy[method] !== 'function')
            throw new Finding(`expected ${method} to be a function or absent, got ${describe(policy[method])}`);
      },
    ),
    syncCheck(
      'asks for needs and a scope that exist',
      `Needs are ${NEEDS.join(', ')}; scopes are ${SCOPES.join(', ')}. Leave out what the rule does not use.`,
      () => {
        const { needs, scope } = make();
        if (needs !== undefined && !Array.isArray(needs))
          throw new Finding(`expected needs to be a list, got ${describe(needs)}`);
        const strange = needs?.find((need) => !NEEDS.includes(need));
        if (strange !== undefined) throw new Finding(`expected only known needs, got ${describe(strange)}`);
        if (scope !== undefined && !SCOPES.includes(scope))
          throw new Finding(`expected a known scope, got ${describe(scope)}`);
      },
    ),
    ...saveableChecks(make),
    syncCheck(
      'has options that are plain data',
      'Put numbers, texts, booleans, lists and plain objects into options, defaults filled in; leave options out where the policy is made of functions.',
      () => {
        const policy = make();
        const { options } = policy;
        if (options === undefined) return;
        let text: string;
        try {
          text = encode(options);
        } catch (cause) {
          throw new Finding(`expected options that can be written, got ${errorInWords(cause)}`, {}, cause);
        }
        try {
          for (const sequence of sequencesOf(policy, short)) run(policy, sequence);
        } catch {
          // Another check tells what is wrong with the answers.
        }
        if (encode(policy.options!) !== text)
          throw new Finding(`expected the same options after a run, ${text}, got ${encode(policy.options!)}`);
      },
    ),
    ...(registry
      ? [
          syncCheck(
            'is made again by its name and options',
            'Let the plugin register the policy under policy.name, and list in options all that the factory was given, defaults filled in.',
            () => {
              const policy = make();
              if (policy.options === undefined)
                throw new Finding('expected options, which a registry needs to make the policy again, got none');
              const spec = { name: policy.name, options: decode(encode(policy.options)) };
              const again = registry.policy(spec);
              if (again.name !== policy.name)
                throw new Finding(`expected the name ${describe(policy.name)}, got ${describe(again.name)}`);
              if (!sameJson(again.options, policy.options))
                throw new Finding(
                  `expected the options ${encode(policy.options)}, got ${again.options === undefined ? 'none' : encode(again.options)}`,
                );
              if (again.scope !== policy.scope || !sameNeeds(again.needs, policy.needs))
                throw new Finding('expected the same scope and needs, got others');
              for (const sequence of sequencesOf(policy, [...short, long]))
                expectSame(
                  policy,
                  sequence,
                  run(again, sequence),
                  run(make(), sequence),
                  'as the policy itself answers',
                );
            },
          ),
        ]
      : []),
  ];
}

function sameNeeds(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((need) => b.includes(need));
}
