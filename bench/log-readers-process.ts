import { request } from 'node:http';

/** Of one line at one reader, in ms: from `at=` in it until it was read. */
const delays: number[] = [];
const [url = '', authorization = '', readers = '0'] = process.argv.slice(2);

// Holds many live streams of one log open, says `ready`, and at their end what the delays of their lines were.
let open = 0;
let ended = 0;
for (let index = 0; index < Number(readers); index += 1) {
  const headers = { accept: 'text/event-stream', authorization };
  request(url, { headers, agent: false }, (response) => {
    open += 1;
    if (open === Number(readers)) process.send?.('ready');
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const now = performance.timeOrigin + performance.now();
      for (const [, at] of text.matchAll(/at=([\d.]+) /g)) delays.push(now - Number(at));
    });
    response.on('close', () => {
      ended += 1;
      if (ended === Number(readers)) process.send?.(delays.toSorted((one, other) => one - other));
    });
  }).end();
}
