import { serve } from '@gradclip/example-compare/worker';
import { train } from './train.ts';

serve(train);
