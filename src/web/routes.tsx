import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { PageCrash, PageMissing } from './pages/no-page.tsx';
import { OverviewPage } from './pages/overview-page.tsx';
import { Frame } from './parts/frame.tsx';

const root = createRootRoute({ component: Frame, notFoundComponent: PageMissing, errorComponent: PageCrash });
const getParentRoute = () => root;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

const overview = createRoute({ getParentRoute, path: '/', component: OverviewPage });
const pipelines = createRoute({ getParentRoute, path: '/pipelines', component: OverviewPage });
const start = createRoute({
  getParentRoute,
  path: '/start',
  component: lazyRouteComponent(() => import('./pages/start-page.tsx'), 'StartPage'),
});
const lint = createRoute({
  getParentRoute,
  path: '/lint',
  component: lazyRouteComponent(() => import('./pages/lint-page.tsx'), 'LintPage'),
});
const pipeline = createRoute({
  getParentRoute,
  path: '/pipelines/$name',
  component: lazyRouteComponent(() => import('./pages/pipeline-page.tsx'), 'PipelinePage'),
});
const runs = createRoute({
  getParentRoute,
  path: '/runs',
  validateSearch: (search: Record<string, unknown>) =>
    given({
      pipeline: text(search.pipeline),
      branch: text(search.branch),
      status: text(search.status),
    }),
  component: lazyRouteComponent(() => import('./pages/runs-page.tsx'), 'RunsPage'),
});
const run = createRoute({
  getParentRoute,
  path: '/runs/$reference',
  validateSearch: (search: Record<string, unknown>) => given({ step: text(search.step) }),
  component: lazyRouteComponent(() => import('./pages/run-page.tsx'), 'RunPage'),
});
const environments = createRoute({
  getParentRoute,
  path: '/environments',
  component: lazyRouteComponent(() => import('./pages/environments-page.tsx'), 'EnvironmentsPage'),
});
const environment = createRoute({
  getParentRoute,
  path: '/environments/$name',
  component: lazyRouteComponent(() => import('./pages/environment-page.tsx'), 'EnvironmentPage'),
});
const repositories = createRoute({
  getParentRoute,
  path: '/repositories',
  component: lazyRouteComponent(() => import('./pages/repositories-page.tsx'), 'RepositoriesPage'),
});
const repository = createRoute({
  getParentRoute,
  path: '/repositories/$name',
  component: lazyRouteComponent(() => import('./pages/repository-page.tsx'), 'RepositoryPage'),
});
const events = createRoute({
  getParentRoute,
  path: '/events',
  validateSearch: (search: Record<string, unknown>) => given({ repository: text(search.repository) }),
  component: lazyRouteComponent(() => import('./pages/events-page.tsx'), 'EventsPage'),
});
const event = createRoute({
  getParentRoute,
  path: '/events/$id',
  component: lazyRouteComponent(() => import('./pages/event-page.tsx'), 'EventPage'),
});
const workers = createRoute({
  getParentRoute,
  path: '/workers',
  component: lazyRouteComponent(() => import('./pages/workers-page.tsx'), 'WorkersPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    pipelines,
    start,
    lint,
    pipeline,
    runs,
    run,
    environments,
    environment,
    repositories,
    repository,
    events,
    event,
    workers,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

/** Without the keys that have no value, so that they do not stand in the address. */
function given<T extends Record<string, string | undefined>>(search: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string;
  };
}
