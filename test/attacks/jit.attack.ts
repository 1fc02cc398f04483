/** As hardened.attack.ts, for operators who chose speed. */
import { CORPUS } from './corpus.ts';
import { describeCases } from './harness/describe-cases.ts';

describeCases('jit', CORPUS);
