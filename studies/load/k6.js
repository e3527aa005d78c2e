// A constant rate of requests for `generators`; the summary goes to __ENV.OUT.
import http from 'k6/http';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
const wrong = new Counter('wrong');
const users = Number(__ENV.USERS);
export const options = {
  scenarios: { load: {
    executor: 'constant-arrival-rate', rate: Number(__ENV.RATE), timeUnit: '1s',
    duration: __ENV.DURATION + 's', preAllocatedVUs: users, maxVUs: users,
  } },
  summaryTrendStats: ['count', 'med', 'p(99)'],
};
export default function () {
  const number = exec.scenario.iterationInTest % Number(__ENV.DISTINCT);
  const kind = { headers: { 'Content-Type': 'application/json' } };
  const answer = http.post(__ENV.URL, JSON.stringify({ prompt: `request ${number}` }), kind);
  if (answer.status !== 200 || !answer.body.includes(`"reply ${number}"`)) wrong.add(1);
}
export function handleSummary(data) {
  const count = (name) => (data.metrics[name] ? data.metrics[name].values.count : 0);
  const took = data.metrics.http_req_duration.values;
  return { [__ENV.OUT]: JSON.stringify({
    requests: count('http_reqs'), failed: count('wrong'),
    latency: { p50: took.med / 1000, p99: took['p(99)'] / 1000 },
  }) };
}
