import { describe, expect, test } from 'vitest';
import { renderProblem } from '../../src/domain/problem.ts';
import { load, problemsOf } from './load-config.ts';

describe('mistakes in the file', () => {
  test('are told all at once, with places and suggestions', async () => {
    const problems = await problemsOf(`prot: 3
registries:
  main: { host: https://registry.example.com, default: yes }
environments:
  local: { swarm: { host: /var/run/docker.sock }, users: [release] }
`);

    expect(problems).toEqual([
      "1:1 unknown key 'prot' (did you mean 'port'?)",
      '3:17 this is no registry host (a host and perhaps a port, in lower case, without http://: registry.example.com:5000)',
      '3:56 expected true or false, got text: YAML 1.2 reads yes, no, on and off as text (write true or false)',
      '5:27 a Docker host begins with unix://, tcp://, http:// or https://',
      "5:51 'users' is not supported yet by this version",
    ]);
  });

  test.each([
    ['secrets: { a: { value: { env: SHORT } } }', "'pipelines' is missing"],
    ['secrets: { a: { value: hunter2, pipelines: all } }', 'a secret does not stand in this file itself'],
    [
      'secrets: { a: { value: { env: SHORT }, pipelines: all } }',
      'this secret is shorter than 4 characters: it could not be masked in logs',
    ],
    ['caches: on', "'off', or a mapping with 'size' and 'keep'"],
    ['docker: { networks: [host] }', 'a step never shares the network of the host'],
    ['docker: { host: ssh://x }', 'a Docker host begins with'],
    ['url: ftp://x', "the server's own URL begins with"],
    ['port: 70000', 'from 0 to 65535'],
    [
      'environments: { a: { swarm: {}, freeze: [{ from: 2026-12-24, reason: x }] } }',
      "'from' and 'to', or 'cron' and",
    ],
    ['environments: { a: { swarm: {}, freeze: [{ cron: "0 9 * * *", for: 1h }] } }', "'reason'"],
    [
      'environments: { a: { swarm: {}, freeze: [{ from: 2026-12-24, to: 2026-12-23, reason: x }] } }',
      "'to' is not after 'from'",
    ],
    ['concurrency: 0', 'at least 1'],
    ...(
      [
        ['{}', "'dns' says neither"],
        ['{ stub-domains: { Corp.example.com: [10.0.0.53] } }', "'Corp.example.com' is no domain name"],
        ['{ stub-domains: { corp.example.com.: [10.0.0.53] } }', 'without a dot at its end'],
        ['{ stub-domains: { db.svc.cluster.local: [10.0.0.53] } }', "is the cluster's own"],
        ['{ stub-domains: { a.example.com: [] } }', 'name at least one server'],
        ['{ upstream: [dns.example.com] }', 'is no address of a server'],
        ['{ upstream: ["10.0.0.53:70000"] }', 'is no address of a server'],
        ['{ upstream: ["10.0.0.53", "10.0.0.53"] }', 'stands here twice'],
      ] as const
    ).map(([dns, message]): [string, string] => [
      `environments: { a: { kubernetes: {}, dns: ${dns} } }`,
      message,
    ]),
    ['environments: { a: { swarm: {}, dns: { upstream: [10.0.0.53] } } }', "'dns' is for Kubernetes"],
    ['repositories: { a: { svn: svn://h/x, layout: /trunk } }', 'a layout pattern is a path'],
    ['repositories: { a: { svn: svn://h/x, layout: [none, trunk] } }', "'none' stands alone"],
    [
      "repositories: { a: { svn: svn://h/x, layout: [trunk, 'branches/*', 'branches/*/*'] } }",
      'nothing would be a branch of branches/*',
    ],
    ['repositories: { a: { svn: svn://h/x, readable: [../trunk] } }', "a path with '..'"],
    [
      'repositories: { a: { git: https://h/x, trust-certificate-failures: [expired] } }',
      "'trust-certificate-failures' is for Subversion repositories only",
    ],
    ['repositories: { a: { svn: https://h/x, client-certificate: nowhere.p12 } }', 'cannot read the file /'],
    [
      'repositories: { a: { git: https://h/x, readable: [trunk] } }',
      "'readable' is for Subversion repositories only",
    ],
    ['repositories: { a: { svn: svn://h/x, poll: 1 } }', 'a duration is a whole number with a unit'],
    [
      'repositories: { a: { git: https://h/x, layout: standard } }',
      "'layout' is for Subversion repositories only",
    ],
    ['repositories: { a: { git: https://h/x, svn: svn://h/x } }', "a repository has one URL: 'svn' or 'git'"],
    ['repositories: { a: { poll: 5s } }', "'svn' or 'git' is missing"],
    ['repositories: { a: { svn: svn://h/x, externals: all } }', 'write ignore, or a list'],
    [
      'repositories: { a: { svn: svn://h/x, externals: [{ repository: b }] } }',
      "there is no Subversion repository 'b'",
    ],
    [
      'repositories: { a: { svn: svn://h/x, externals: [{ url: "http://h/y" }] } }',
      "the URL scheme 'http' is not allowed here",
    ],
    [
      'repositories: { a: { git: https://h/x, externals: ignore } }',
      "'externals' is for Subversion repositories only",
    ],
    ['repositories: { a: { svn: svn://h/x, submodules: [] } }', "'submodules' is for Git repositories only"],
    [
      'repositories: { a: { git: https://h/x, submodules: ["ext::sh"] } }',
      'this is not an absolute repository URL',
    ],
    [
      'registries: { a: { host: a, default: true }, b: { host: b, default: true } }',
      "'a' is the default registry already",
    ],
    [
      'credentials: { a: { username: -x, password: { env: HOME } } }',
      'a user name has no control characters',
    ],
  ])('%s', async (file, message) => {
    expect((await problemsOf(file, { SHORT: 'abc' })).join('\n')).toContain(message);
  });

  test('in the environment are told by the name of the variable', async () => {
    const { problems } = await load({
      environment: { PORT: 'x', REDIS_URL: 'http://secret@h', DOCKER_HOST: 'h' },
    });

    expect(problems.map((problem) => renderProblem(problem, { color: false })).toSorted()).toEqual([
      'environment variable DOCKER_HOST: a Docker host begins with unix://, tcp://, http:// or https://',
      'environment variable PORT: a port is a number from 0 to 65535',
      'environment variable REDIS_URL: the Redis URL begins with redis:// or rediss://',
    ]);
  });
});
