import { describe } from '../../errors.ts';
import { decode, encode, sameJson } from '../../json.ts';
import type { Json } from '../../json.ts';
import type { Registry } from '../../plugin/plugin.ts';
import { isStage } from '../../stageStates.ts';
import type { Check } from '../check.ts';
import { errorInWords, Finding, syncCheck } from '../check.ts';
import { saveableChecks } from '../saveable.ts';
import { expectSame, runStage } from './run.ts';
import type { StageSubject } from './subject.ts';

/** What a stage is: its name, its functions, its options. */
export function shapeChecks({ make, ordinary, registry }: StageSubject): readonly Check[] {
  return [
    syncCheck(
      'has a name, init, transform and commit',
      'Return what defineStage({ name, init, transform, commit }) returns.',
      () => {
        const stage = make();
        const functions = ['init', 'transform', 'commit'] as const;
        const isWhole = isStage(stage) && functions.every((part) => typeof stage[part] === 'function');
        if (isWhole && typeof stage.name === 'string' && stage.name !== '') return;
        throw new Finding(`expected a stage made by defineStage, got ${describe(stage)}`);
      },
    ),
    ...saveableChecks(make),
    syncCheck(
      'has options that are plain data',
      'Put numbers, texts, booleans, lists and plain objects into options, defaults filled in; leave options out where the stage is made of functions.',
      () => {
        const { options } = make();
        if (options !== undefined) written(options);
      },
    ),
    ...(registry ? [againCheck(make, ordinary, registry)] : []),
  ];
}

function againCheck(make: StageSubject['make'], ordinary: StageSubject['ordinary'], registry: Registry): Check {
  return syncCheck(
    'is made again by its name and options',
    'Let the plugin list the stage under its name, and put into options all that the factory was given, defaults filled in.',
    () => {
      const stage = make();
      if (stage.options === undefined)
        throw new Finding('expected options, which a registry needs to make the stage again, got none');
      const again = registry.stage({ name: stage.name, options: decode(written(stage.options)) });
      if (again.name !== stage.name)
        throw new Finding(`expected the name ${describe(stage.name)}, got ${describe(again.name)}`);
      if (!sameJson(again.options, stage.options))
        throw new Finding(`expected the options ${written(stage.options)}, got ${written(again.options ?? null)}`);
      for (const sequence of ordinary)
        expectSame(stage, sequence, runStage(again, sequence), runStage(make(), sequence), 'as of the stage itself');
    },
  );
}

function written(options: Json): string {
  try {
    return encode(options);
  } catch (cause) {
    throw new Finding(`expected options that can be written, got ${errorInWords(cause)}`, {}, cause);
  }
}
