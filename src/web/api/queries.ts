import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { EventView } from '../../http/schemas/event.ts';
import type { Run } from '../../http/schemas/run.ts';
import type { SessionView } from '../../http/schemas/session.ts';
import { ApiProblem, apiPath, getJson } from './client.ts';
import type {
  ArtifactList,
  EnvironmentDetail,
  EnvironmentList,
  EventPage,
  LogHitList,
  NotifierList,
  PipelineDetail,
  PipelineFile,
  PipelineList,
  PromotionPreview,
  RepositoryList,
  RunPage,
  Setup,
  WorkerList,
} from './types.ts';

/** While something runs, and otherwise: where no stream tells of changes, the page asks. */
const busyMs = 2000;
const calmMs = 10_000;

/** null: nobody is logged in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<SessionView | null> => {
    try {
      return await getJson<SessionView>('/api/v1/session', signal);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export const pipelinesQuery = queryOptions({
  queryKey: ['pipelines'],
  queryFn: ({ signal }) => getJson<PipelineList>('/api/v1/pipelines', signal),
  refetchInterval: ({ state }) => (state.data?.items.some(isBusy) ? busyMs : calmMs),
});

export const pipelineQuery = (name: string) =>
  queryOptions({
    queryKey: ['pipelines', name],
    queryFn: ({ signal }) => getJson<PipelineDetail>(apiPath`/pipelines/${name}`, signal),
    refetchInterval: calmMs,
  });

export const pipelineFileQuery = (file: string) =>
  queryOptions({
    queryKey: ['pipeline-files', file],
    queryFn: ({ signal }) => getJson<PipelineFile>(apiPath`/pipeline-files/${file}`, signal),
    refetchInterval: calmMs,
  });

/** @param sets what the steps say they have left so far */
export const artifactsQuery = (runId: string, sets: readonly string[]) =>
  queryOptions({
    queryKey: ['artifacts', runId, ...sets],
    queryFn: ({ signal }) => getJson<ArtifactList>(apiPath`/runs/${runId}/artifacts`, signal),
  });

export interface RunFilter {
  pipeline?: string | undefined;
  branch?: string | undefined;
  status?: string | undefined;
}

export const runsQuery = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: ['runs', 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      getJson<RunPage>(`/api/v1/runs?${searchOf({ ...filter, cursor: pageParam, limit: '40' })}`, signal),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) =>
      state.data?.pages[0]?.items.some(({ state: of }) => of !== 'ended') ? busyMs : calmMs,
  });

/** @param reference an id, or `cart:12` */
export const runQuery = (reference: string) =>
  queryOptions({
    queryKey: ['runs', 'one', reference],
    queryFn: ({ signal }) => getJson<Run>(apiPath`/runs/${reference}`, signal),
  });

export const environmentsQuery = queryOptions({
  queryKey: ['environments'],
  queryFn: ({ signal }) => getJson<EnvironmentList>('/api/v1/environments', signal),
  refetchInterval: calmMs,
});

export const environmentQuery = (name: string) =>
  infiniteQueryOptions({
    queryKey: ['environments', name],
    queryFn: ({ pageParam, signal }) =>
      getJson<EnvironmentDetail>(
        `${apiPath`/environments/${name}`}?${searchOf({ cursor: pageParam, limit: '30' })}`,
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) =>
      state.data?.pages[0]?.history.some(({ state: of }) => of === 'active') ? busyMs : calmMs,
  });

/** What a promotion would deploy, and how the two environments differ. */
export const promotionQuery = ({ from, to, workload }: { from: string; to: string; workload: string }) =>
  queryOptions({
    queryKey: ['promotion', from, to, workload],
    queryFn({ signal }) {
      const query = searchOf({ from, workloads: workload });
      return getJson<PromotionPreview>(`${apiPath`/environments/${to}/promotion`}?${query}`, signal);
    },
    retry: false,
  });

export const repositoriesQuery = queryOptions({
  queryKey: ['repositories'],
  queryFn: ({ signal }) => getJson<RepositoryList>('/api/v1/repositories', signal),
  refetchInterval: calmMs,
});

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => getJson<Setup>('/api/v1/setup', signal),
});

export const workersQuery = queryOptions({
  queryKey: ['workers'],
  queryFn: ({ signal }) => getJson<WorkerList>('/api/v1/workers', signal),
  refetchInterval: calmMs,
});

export const notifiersQuery = queryOptions({
  queryKey: ['notifiers'],
  queryFn: ({ signal }) => getJson<NotifierList>('/api/v1/notifiers', signal),
  refetchInterval: calmMs,
});

export const eventsQuery = (repository: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['events', 'list', repository],
    queryFn: ({ pageParam, signal }) =>
      getJson<EventPage>(
        `/api/v1/events?${searchOf({ repository, cursor: pageParam, limit: '40' })}`,
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    refetchInterval: calmMs,
  });

export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ['events', 'one', id],
    queryFn: ({ signal }) => getJson<EventView>(apiPath`/events/${id}`, signal),
    refetchInterval: ({ state }) => (state.data?.state === 'received' ? busyMs : false),
  });

function isBusy({ latestRun }: PipelineList['items'][number]): boolean {
  return latestRun !== null && latestRun.state !== 'ended';
}

function searchOf(values: Record<string, string | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
}

/** @param text of the lines that are looked for, of one step or of all */
export const logSearchQuery = (runId: string, step: string | undefined, text: string) =>
  queryOptions({
    queryKey: ['log-search', runId, step ?? null, text],
    queryFn({ signal }) {
      const ofStep = step === undefined ? '' : `&step=${encodeURIComponent(step)}`;
      const query = `?text=${encodeURIComponent(text)}${ofStep}`;
      return getJson<LogHitList>(apiPath`/runs/${runId}/log/search` + query, signal);
    },
    retry: false,
  });
