import { main } from '@gradclip/example-compare';
import { task } from './task.ts';

await main(task);
