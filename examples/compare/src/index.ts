export { grouped, list, median, percent, plural, short } from './format.ts';
export { main } from './main.ts';
export type { Run } from './run.ts';
export type { Summary } from './summary.ts';
export type { Conclusion, Curve, Metric, Task } from './task.ts';
