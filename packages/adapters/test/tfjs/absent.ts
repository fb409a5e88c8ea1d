import { inject, it } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    absent: { readonly reason: string; readonly advice: string };
  }
}

const { reason, advice } = inject('absent');

// Stands in for the tests of a backend that does not run. Only what is printed is seen in every report.
it(`not run: ${reason}`, ({ skip }) => {
  console.warn(advice);
  skip();
});
