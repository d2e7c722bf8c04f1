import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/** What Helmet sets on every answer: strict headers, so that no other site may read, frame or embed it; asked once, for it is always the same. */
export function strictHeaders({ isHttps }: { isHttps: boolean }): Record<string, string> {
  const secure = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: isHttps,
  });
  const request = new IncomingMessage(new Socket());
  const answer = new ServerResponse(request);
  secure(request, answer, () => {});
  return Object.fromEntries(
    Object.entries(answer.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}
