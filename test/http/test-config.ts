import type { ServerConfig } from '../../src/config/server-config.ts';
import { Secret } from '../../src/domain/secret.ts';

export const hookToken = 'hook-secret';
export const gitlabToken = 'gitlab-secret';

/** A Subversion repository `shop`, a Git repository `web`, an environment. */
export const testConfig: ServerConfig = {
  url: null,
  http: { host: '127.0.0.1', port: 0 },
  dataDir: '',
  pipelinesDir: '',
  databaseUrl: null,
  redisUrl: null,
  repositories: {
    shop: {
      kind: 'svn',
      name: 'shop',
      url: 'svn://127.0.0.1/shop',
      layout: ['standard'],
      credentials: null,
      pollMs: 60_000,
      hookTokens: [new Secret(hookToken)],
      allowedSchemes: [],
      ca: null,
      ssh: null,
      externals: { isIgnored: false, allowed: [] },
    },
    web: {
      kind: 'git',
      name: 'web',
      url: 'https://gitlab.example.com/shop/web.git',
      credentials: null,
      pollMs: 60_000,
      hookTokens: [new Secret(hookToken)],
      gitlabTokens: [new Secret('old-gitlab-secret'), new Secret(gitlabToken)],
      gitlabSigning: [],
      githubSecrets: [],
      giteaSecrets: [],
      submodules: [],
      allowedSchemes: [],
      ca: null,
      ssh: null,
    },
  },
  registries: {},
  secrets: {},
  environments: {
    staging: {
      name: 'staging',
      cluster: { kind: 'kubernetes', kubeconfig: null, context: null, namespace: 'shop' },
      pipelines: ['cart'],
      requireDigests: true,
      freeze: [],
      driftEveryMs: null,
      prometheus: null,
      approve: null,
    },
    production: {
      name: 'production',
      cluster: { kind: 'kubernetes', kubeconfig: null, context: null, namespace: 'shop-live' },
      pipelines: null,
      requireDigests: false,
      freeze: [],
      driftEveryMs: null,
      prometheus: null,
      approve: null,
    },
  },
  docker: {
    host: 'unix:///var/run/docker.sock',
    builder: 'classic',
    networks: [],
    limits: { cpus: 1, memoryBytes: 1, pids: 1 },
  },
  artifacts: { mostBytes: 1024, keepMs: 60_000 },
  workingCopies: null,
  retention: {
    logs: { keepMs: 60_000, newest: 1 },
    runs: { keepMs: 60_000, newest: 1 },
    events: { keepMs: 60_000 },
    rollbacks: 1,
  },
  concurrency: 1,
  labels: [],
  disk: { high: 95, low: 90 },
  hooksPerMinute: 6000,
};
