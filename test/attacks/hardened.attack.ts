/** The corpus, each case with the validator and without it. `npm run test:attacks` runs it. */
import { CORPUS } from './corpus.ts';
import { describeCases } from './harness/describe-cases.ts';

describeCases('hardened', CORPUS);
