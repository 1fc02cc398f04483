const METRIC = /^hookline_tool_executions_total\{([^}]*)\} (\d+)$/gm;

export interface CountedExecutions {
  readonly code: string;
  readonly tenant: string;
  readonly count: number;
}

/** What /metrics says of the executions of one plugin. */
export async function executionsMetric(url: string, plugin: string): Promise<readonly CountedExecutions[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(METRIC)].flatMap(([, labels = '', count]) => {
    const { plugin: name, code = '', tenant = '' } = readLabels(labels);
    return name === plugin ? [{ code: code === '' ? 'OK' : code, tenant, count: Number(count) }] : [];
  });
}

function readLabels(labels: string): Readonly<Partial<Record<string, string>>> {
  return Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value]) => [name, value]));
}
