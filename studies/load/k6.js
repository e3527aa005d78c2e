// A constant rate of requests for `generators`; k6 writes its summary to __ENV.OUT.
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
  const body = __ENV.BODY.replace(__ENV.NUMBER, number);
  const answer = http.post(__ENV.URL, body, { headers: { 'Content-Type': 'application/json' } });
  if (answer.status !== 200 || !answer.body.includes(`"reply ${number}"`)) wrong.add(1);
}
export function handleSummary(data) {
  const count = (name) => (data.metrics[name] ? data.metrics[name].values.count : 0);
  const took = data.metrics.http_req_duration.values;
  return { [__ENV.OUT]: JSON.stringify({
    requests: count('http_reqs'), failed: count('wrong'), unsent: count('dropped_iterations'),
    p50: took.med / 1000, p99: took['p(99)'] / 1000,
  }) };
}
