/** A case of each class in both modes; `npm run test:attacks` has all of them, in both profiles. */
import { CORPUS } from './corpus.ts';
import { describeCases } from './harness/describe-cases.ts';

/** The first case of each class that shows it best, and what most would try first. */
const HARDENED = [
  'A001',
  'A014',
  'A018',
  'A024',
  'A032',
  'A036',
  'A043',
  'A041',
  'A045',
  'A053',
  'A058',
  'A064',
  'A068',
  'A067',
  'A079',
  'A083',
  'A086',
  'A089',
  'A095',
  'A097',
  'A099c',
  'A100',
  'A107',
  'A105b',
  'A106',
  'A114b',
];
const JIT = ['A036', 'A045', 'A058', 'A083'];

describeCases(
  'hardened',
  CORPUS.filter(({ id }) => HARDENED.includes(id)),
);
describeCases(
  'jit',
  CORPUS.filter(({ id }) => JIT.includes(id)),
);
