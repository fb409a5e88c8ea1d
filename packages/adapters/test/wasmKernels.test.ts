import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import createWabt from 'wabt';
import { KERNELS } from '../src/tfjs/wasmKernels.ts';

test('the kernels in the sources are kernels.wat, assembled', async () => {
  const text = readFileSync(new URL('../src/tfjs/kernels.wat', import.meta.url), 'utf8');
  const wabt = await createWabt();
  const assembled = wabt.parseWat('kernels.wat', text, { simd: true });
  assembled.validate();
  expect(Buffer.from(assembled.toBinary({}).buffer).toString('base64')).toBe(KERNELS);
});
