import type { ApprovalRule } from '../domain/approval.ts';
import type { StatusForge } from '../domain/commit-status.ts';
import type { DriftRules } from '../domain/drift-rules.ts';
import type { FreezeWindow } from '../domain/freeze.ts';
import type { Retention } from '../domain/retention.ts';
import type { Secret } from '../domain/secret.ts';
import type { SecretAccess } from '../domain/secret-access.ts';
import type { RolloutBudgets } from './budgets-schema.ts';
import type { NotifierConfig } from './notifier-config.ts';
import type { CertificateFailure } from './shared-schemas.ts';

/** `trunkline.yaml` and the environment, read once, checked, secrets resolved and wrapped. */
export interface ServerConfig {
  /** The address people use; null: derived from host and port. */
  url: string | null;
  http: { host: string; port: number };
  dataDir: string;
  pipelinesDir: string;
  /** null: the embedded database under `dataDir`. */
  databaseUrl: Secret | null;
  /** null: the queue lives in the database. */
  redisUrl: Secret | null;
  repositories: Record<string, RepositoryConfig>;
  registries: Record<string, RegistryConfig>;
  environments: Record<string, EnvironmentConfig>;
  /** What `run` steps may be given, by name. */
  secrets: Record<string, StepSecret>;
  docker: DockerConfig;
  /** What `run` steps leave: of one step at most so much, for so long. */
  artifacts: { mostBytes: number; keepMs: number };
  /** Caches of `run` steps, on each worker's disk: all together at most so much, each for so long; null: none. */
  caches: { mostBytes: number; keepMs: number } | null;
  /** Subversion's, on each worker's disk; null: none. */
  workingCopies: WorkingCopiesConfig | null;
  /** How long logs, runs and events are kept. */
  retention: Retention;
  /** How much of a run's log is kept, and of one step's. */
  logs: { runBytes: number; stepBytes: number };
  /** Pipelines whose last outcome anybody may see. */
  badges: string[];
  /** Who is told of runs, by name. */
  notify: Record<string, NotifierConfig>;
  /** Runs that one worker process executes at once. */
  concurrency: number;
  /** What this process, as a worker, offers to `runs-on`: those given to it, its system and its processor. */
  labels: string[];
  /** Percent in use of the disk that the worker works on: from `high` on it takes no new runs, below `low` it does again. */
  disk: { high: number; low: number };
  /** From one address; more are refused. */
  hooksPerMinute: number;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
}

export interface WorkingCopiesConfig {
  /** Smaller trees get none. */
  aboveBytes: number;
  /** Of one worker, all together. */
  mostBytes: number;
  keepMs: number;
}

export interface Credentials {
  name: string;
  username: string;
  password: Secret;
}

export type RepositoryConfig = SubversionRepositoryConfig | GitRepositoryConfig;

interface AnyRepositoryConfig {
  name: string;
  /** As written; holds no password. */
  url: string;
  credentials: Credentials | null;
  pollMs: number;
  /** Accepted bearer tokens of this repository's hooks; more than one while a token is being changed. */
  hookTokens: Secret[];
  /** Schemes allowed beside the encrypted ones: `http`, `file`. */
  allowedSchemes: string[];
  /** A CA file for https; null: the system's. */
  ca: string | null;
  /** Private key and known hosts. */
  ssh: { key: string; knownHosts: string } | null;
}

export interface SubversionRepositoryConfig extends AnyRepositoryConfig {
  kind: 'svn';
  /** What is a branch: `standard`, or patterns such as `{project}/branches/*`. */
  layout: string[];
  /** The folders that the account may read, where the root is closed to it; none: those of the layout. */
  readable: string[];
  /** PKCS#12 file, without a passphrase, for a server that asks for a certificate of its clients. */
  clientCertificate: string | null;
  /** Failures of the server's certificate that are overlooked. */
  trustedFailures: CertificateFailure[];
  externals: {
    /** Trees are exported without them. */
    isIgnored: boolean;
    /** Other repositories, or folders of such, that they may come from; these have none themselves. */
    allowed: SubversionRepositoryConfig[];
  };
}

export interface GitRepositoryConfig extends AnyRepositoryConfig {
  kind: 'git';
  /** Accepted tokens of GitLab's webhooks; they count only where there is no signing token. */
  gitlabTokens: Secret[];
  /** Signing tokens of GitLab's webhooks: where there is one, every delivery must be signed. */
  gitlabSigning: Secret[];
  /** What GitHub's webhooks are signed with. */
  githubSecrets: Secret[];
  /** What Gitea's and Forgejo's webhooks are signed with. */
  giteaSecrets: Secret[];
  /** URLs of submodules on other hosts that may be fetched; one that ends with a slash means all below it. */
  submodules: string[];
  /** Where its server is told what becomes of its commits; null: it is not. */
  statuses: StatusesConfig | null;
}

export interface StatusesConfig {
  forge: StatusForge;
  token: Secret;
  /** The URL of its API, without a slash at its end. */
  api: string;
  /** The repository's path there: `shop/web`. */
  project: string;
  /** A CA file; null: the system's. */
  ca: string | null;
}

export interface RegistryConfig {
  name: string;
  /** As it stands in front of the names of images: what the Docker engine and the cluster call it. */
  host: string;
  /** Where Trunkline itself reaches it; nearly always the same as `host`. */
  address: string;
  credentials: Credentials | null;
  isDefault: boolean;
  /** Plain http, or https without a check. Loopback hosts are always allowed plain http. */
  insecure: boolean;
  ca: string | null;
}

export interface EnvironmentConfig {
  name: string;
  cluster: KubernetesConfig | SwarmConfig;
  /** Which cluster it must be; null: the one that was found first. */
  clusterId: string | null;
  /** Pipelines that may deploy here; null: all. */
  pipelines: string[] | null;
  /** A container left without a digest is an error here. */
  requireDigests: boolean;
  /** When nothing new is deployed here. */
  freeze: FreezeWindow[];
  /** What a deploy here needs; null: no approval. */
  approve: ApprovalRule | null;
  /** Who answers the gates of deploy steps; null: nobody. */
  prometheus: PrometheusConfig | null;
  /** How often what runs is compared with what was applied; null: only when somebody asks. */
  driftEveryMs: number | null;
  /** What becomes of what differs; absent: it is told. */
  driftRules?: DriftRules;
  /** What its cluster's DNS is to have; null: nothing of that is ours. */
  dns: DnsConfig | null;
}

export interface DnsConfig {
  /** null: whichever the cluster has. */
  server: 'coredns' | 'kube-dns' | null;
  namespace: string;
  /** Domain -> the servers that are asked for its names, as IP or IP:port. */
  stubDomains: Record<string, string[]>;
  /** null: left as it is, or given back. */
  upstream: string[] | null;
  /** Names that must resolve after a change. */
  check: string[];
  watchMs: number;
}

export interface PrometheusConfig {
  url: string;
  credentials: Credentials | null;
  /** A bearer token, instead of credentials. */
  token: Secret | null;
  ca: string | null;
}

export interface KubernetesConfig {
  kind: 'kubernetes';
  kubeconfig: string | null;
  context: string | null;
  namespace: string;
  /** IP or IP:port of the cluster's server of names; undefined: it is looked for. */
  resolver?: string;
  /** What rollouts bear; what is not said is as usual. */
  budgets?: RolloutBudgets;
}

export interface SwarmConfig {
  kind: 'swarm';
  /** The engine of a manager. */
  host: string;
  /** In front of the names of all stacks. */
  prefix: string;
  /** What exists in the swarm and may be named by Compose files. */
  networks: string[];
  secrets: string[];
  configs: string[];
}

export interface StepSecret extends SecretAccess {
  value: Secret;
}

export interface DockerConfig {
  /** `unix:///var/run/docker.sock`; DOCKER_HOST comes before the file. */
  host: string;
  builder: 'buildkit' | 'classic';
  /** Networks that `run` steps may name; the first is the default. */
  networks: string[];
  limits: { cpus: number; memoryBytes: number; pids: number };
}
