// For programs that have an InversifyJS container: the registry is one more service, decorated classes included.
import 'reflect-metadata';
import { Container } from 'inversify';
import { simulate } from '@gradclip/core';
import { PluginIdentifier, policyModule } from '@gradclip/core/inversify';
import { policiesPlugin } from '@gradclip/policies';
import { Experiment } from './experiment.ts';
import { ownPlugin } from './ownPlugin.ts';

const container = new Container();
container.load(policyModule(policiesPlugin));
container.bind(PluginIdentifier).toConstantValue(ownPlugin);
container.bind(Experiment).toSelf();

const experiment = container.get(Experiment);
for (const name of ['percentile', 'halfOfLast']) {
  const policy = experiment.policy(name);
  console.log(
    name,
    simulate(policy, [4, 8, 2]).map(({ normAfter }) => normAfter),
  );
}
