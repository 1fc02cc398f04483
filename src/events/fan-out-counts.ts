/** What fanning out has come to since the start: for metrics. */
export interface FanOutCounts {
  /** Subscriptions that are open now. */
  subscribers: number;
  /** Events that were rendered; each once for all who share the result. */
  payloads: number;
  /** Events that were handed to subscribers. */
  deliveries: number;
  /** Subscriptions that ended because they were not read fast enough. */
  slowConsumers: number;
}

export function createFanOutCounts(): FanOutCounts {
  return { subscribers: 0, payloads: 0, deliveries: 0, slowConsumers: 0 };
}
