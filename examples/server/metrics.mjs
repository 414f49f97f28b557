// Figures as Prometheus reads them.
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Upper ends of the classes of the histogram, in seconds. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5];

export function createMetrics() {
  const counts = new Map();
  const buckets = BUCKETS.map(() => 0);
  let [seconds, answers] = [0, 0];
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();

  /** Begins a request; returns what to call at its end. */
  function begin() {
    const begun = performance.now();
    return (route, status) => {
      const took = (performance.now() - begun) / 1000;
      const labels = `route="${route}",status="${status}"`;
      counts.set(labels, (counts.get(labels) ?? 0) + 1);
      for (const [place, most] of BUCKETS.entries()) if (took <= most) buckets[place] += 1;
      seconds += took;
      answers += 1;
    };
  }

  function text({ size }) {
    const lines = [
      ...family('http_requests_total', 'counter', 'Answers by route and status.'),
      ...Array.from(counts, ([labels, count]) => `http_requests_total{${labels}} ${count}`),
      ...family('http_request_seconds', 'histogram', 'Time from a request to its answer.'),
      ...BUCKETS.map(
        (most, place) => `http_request_seconds_bucket{le="${most}"} ${buckets[place]}`,
      ),
      `http_request_seconds_bucket{le="+Inf"} ${answers}`,
      `http_request_seconds_sum ${seconds}`,
      `http_request_seconds_count ${answers}`,
      ...family('gallery_rows', 'gauge', 'Rows that can be found.'),
      `gallery_rows ${size}`,
      ...family('process_resident_memory_bytes', 'gauge', 'Memory of the process.'),
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      ...family('event_loop_delay_seconds', 'summary', 'Time that the event loop was late.'),
      `event_loop_delay_seconds{quantile="0.99"} ${loop.percentile(99) / 1e9}`,
      `event_loop_delay_seconds{quantile="1"} ${loop.max / 1e9}`,
    ];
    return `${lines.join('\n')}\n`;
  }

  return { begin, text };
}

function family(name, type, help) {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}
