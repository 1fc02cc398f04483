/** The whole corpus. */
import { ASYNC_CASES } from './cases/async.ts';
import { BOUNDARY_CASES } from './cases/boundary.ts';
import { CAPABILITY_CASES } from './cases/capabilities.ts';
import { CODEGEN_CASES } from './cases/codegen.ts';
import { CPU_CASES } from './cases/cpu.ts';
import { FORGING_CASES } from './cases/forging.ts';
import { MEMORY_CASES } from './cases/memory.ts';
import { MODULE_CASES } from './cases/modules.ts';
import { NATIVE_CASES } from './cases/native.ts';
import { OBFUSCATION_CASES } from './cases/obfuscation.ts';
import { PARSER_CASES } from './cases/parser.ts';
import { REDOS_CASES } from './cases/redos.ts';
import { UNINTERRUPTIBLE_CASES } from './cases/uninterruptible.ts';
import type { AttackCase } from './harness/attack-case.ts';

export const CORPUS: readonly AttackCase[] = [
  ...CODEGEN_CASES,
  ...OBFUSCATION_CASES,
  ...MODULE_CASES,
  ...NATIVE_CASES,
  ...CPU_CASES,
  ...UNINTERRUPTIBLE_CASES,
  ...REDOS_CASES,
  ...MEMORY_CASES,
  ...BOUNDARY_CASES,
  ...FORGING_CASES,
  ...ASYNC_CASES,
  ...CAPABILITY_CASES,
  ...PARSER_CASES,
];
