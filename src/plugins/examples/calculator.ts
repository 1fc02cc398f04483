/** Arithmetic for agents: one tool per operation, exact about what it cannot compute. */
import {
  BaseToolPlugin,
  type JsonObject,
  type PluginMetadata,
  type ToolContext,
  type ToolDefinition,
  type ToolResult,
} from 'hookline/sdk';

interface Operation {
  readonly description: string;
  readonly operands: readonly string[];
  /** Why these operands have no result, if so. */
  readonly refuse?: (...operands: number[]) => { readonly error: string; readonly code: string } | undefined;
  readonly compute: (...operands: number[]) => number;
}

const OPERATIONS = new Map<string, Operation>([
  ['add', { description: 'Adds b to a.', operands: ['a', 'b'], compute: (a = 0, b = 0) => a + b }],
  ['subtract', { description: 'Subtracts b from a.', operands: ['a', 'b'], compute: (a = 0, b = 0) => a - b }],
  ['multiply', { description: 'Multiplies a by b.', operands: ['a', 'b'], compute: (a = 0, b = 0) => a * b }],
  [
    'divide',
    {
      description: 'Divides a by b.',
      operands: ['a', 'b'],
      refuse: (_a, b) => (b === 0 ? { error: 'Cannot divide by zero.', code: 'DIVISION_BY_ZERO' } : undefined),
      compute: (a = 0, b = 1) => a / b,
    },
  ],
  ['power', { description: 'Raises a to the power of b.', operands: ['a', 'b'], compute: (a = 0, b = 1) => a ** b }],
  [
    'sqrt',
    {
      description: 'Takes the square root of a.',
      operands: ['a'],
      refuse: (a = 0) =>
        a < 0 ? { error: 'A negative number has no real square root.', code: 'NEGATIVE_ROOT' } : undefined,
      compute: (a = 0) => Math.sqrt(a),
    },
  ],
]);

export default class Calculator extends BaseToolPlugin {
  readonly metadata: PluginMetadata = {
    name: 'calculator',
    version: '1.0.0',
    author: 'Hookline',
    description: 'Adds, subtracts, multiplies, divides, raises to powers and takes square roots.',
    configSchema: {
      type: 'object',
      properties: {
        precision: { type: 'integer', minimum: 0, maximum: 15, default: 10, description: 'Decimal places kept.' },
      },
      additionalProperties: false,
    },
  };

  readonly tools: readonly ToolDefinition[] = Array.from(OPERATIONS, ([name, { description, operands }]) => ({
    name,
    description,
    parameters: {
      type: 'object',
      properties: Object.fromEntries(operands.map((operand) => [operand, { type: 'number' }])),
      required: operands,
      additionalProperties: false,
    },
    result: { type: 'number' },
  }));

  execute(toolName: string, params: JsonObject, { config }: ToolContext): ToolResult {
    const operation = OPERATIONS.get(toolName);
    if (!operation) return { success: false, error: `There is no operation "${toolName}".` };

    // The host has checked `params` against the tool's schema: these are numbers.
    const operands = operation.operands.map((operand) => Number(params[operand]));
    const refused = operation.refuse?.(...operands);
    if (refused) return { success: false, ...refused };

    const value = operation.compute(...operands);
    // JSON has neither infinity nor NaN.
    if (!Number.isFinite(value))
      return { success: false, error: 'The result is not a finite number.', code: 'NOT_FINITE' };
    return { success: true, data: Number(value.toFixed(Number(config.precision))) };
  }
}
