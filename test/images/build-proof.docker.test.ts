import { writeFile } from 'node:fs/promises';
import type { RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { engineUnderTest, unstopped } from './engine-under-test.ts';
import { httpServer } from './http-server.ts';

const imageId = `sha256:${'a'.repeat(64)}`;
const progress = {
  buildkit: {
    step: { id: 'moby.buildkit.trace', aux: '' },
    end: { id: 'moby.image.id', aux: { ID: imageId } },
  },
  classic: { step: { stream: 'Step 1/1 : FROM scratch' }, end: { aux: { ID: imageId } } },
};

/** An engine that answers every build with these lines; a real one cannot be made to lie. */
function lyingEngine(
  build: (response: ServerResponse) => void,
  labels: Record<string, string> = {},
): RequestListener {
  return (request, response) => {
    request.resume();
    const path = request.url ?? '';
    if (path.startsWith('/build?')) return void request.on('end', () => build(response));
    if (path.startsWith('/_ping'))
      return void response.setHeader('API-Version', '1.41').setHeader('OSType', 'linux').end();
    if (path.startsWith('/images/'))
      return void response.end(JSON.stringify({ Id: imageId, Config: { Labels: labels } }));
    response.writeHead(404).end('{}');
  };
}

async function buildOn(listener: RequestListener, builder: 'buildkit' | 'classic') {
  await using server = await httpServer(listener);
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
  const { engine } = await engineUnderTest({ host: `tcp://${server.host}`, builder });
  let log = '';
  const labels = { revision: '12' };
  const request = { folder: folder.path, dockerfile: 'Dockerfile', args: {}, target: null, labels };
  const write = (text: string) => {
    log += text;
  };
  const result = await engine.build({ ...request, write }, unstopped);
  return { result, log, requests: server.requests };
}

describe.each(['buildkit', 'classic'] as const)('a build with %s counts as built only', (builder) => {
  const { step, end } = progress[builder];
  const lines = (...objects: object[]) => objects.map((object) => `${JSON.stringify(object)}\n`).join('');

  test('when nothing in its progress says otherwise, whatever the status', async () => {
    const failing = lyingEngine((response) => response.end(lines(step, end, { error: 'no space left' })));

    const { result } = await buildOn(failing, builder);

    expect(result).toEqual({ kind: 'failed', reason: expect.stringContaining('no space left') });
  });

  test('when the progress reached its end', async () => {
    const breaking = lyingEngine((response) => {
      response.write(lines(step, end), () => response.destroy());
    });

    await expect(buildOn(breaking, builder)).rejects.toMatchObject({
      code: 'docker-unreachable',
      isRetryable: true,
    });
  });

  test('when an image id was named', async () => {
    const nameless = lyingEngine((response) => response.end(lines(step)));

    await expect(buildOn(nameless, builder)).rejects.toMatchObject({
      message: expect.stringContaining('without naming an image'),
    });
  });

  test('when the image carries our labels', async () => {
    const mistaken = lyingEngine((response) => response.end(lines(step, end)), { revision: '11' });

    await expect(buildOn(mistaken, builder)).rejects.toMatchObject({
      message: expect.stringContaining('another label revision'),
    });
  });

  test('and then is built, also when a proxy puts its own words between the lines', async () => {
    const honest = lyingEngine((response) => response.end(`<p>busy</p>\n${lines(step, end)}`), {
      revision: '12',
    });

    const { result, log, requests } = await buildOn(honest, builder);

    expect(result).toEqual({ kind: 'built', imageId });
    expect(log).toContain('<p>busy</p>');
    expect(requests.some(({ url }) => url?.startsWith('/session'))).toBe(false);
    expect(
      requests.filter(({ headers }) => Object.keys(headers).some((name) => name.startsWith('x-registry'))),
    ).toEqual([]);
  });
});

test('an engine without BuildKit gets the classic builder, and the log says so', async () => {
  const { end } = progress.classic;
  const honest = lyingEngine((response) => response.end(`${JSON.stringify(end)}\n`), { revision: '12' });
  const old: RequestListener = (request, response) => {
    if (request.url !== '/_ping') return honest(request, response);
    response.setHeader('API-Version', '1.38').setHeader('OSType', 'linux').end();
  };

  const { result, log, requests } = await buildOn(old, 'buildkit');

  expect(result).toEqual({ kind: 'built', imageId });
  expect(log).toContain('this Docker engine has no BuildKit: building with the classic builder');
  expect(requests.find(({ url }) => url?.startsWith('/build?'))?.url).toContain('version=1');
});
