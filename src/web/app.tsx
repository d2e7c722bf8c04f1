import { MantineProvider } from '@mantine/core';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { ApiProblem } from './api/client.ts';
import { sessionQuery } from './api/queries.ts';
import { theme } from './look/theme.ts';
import { router } from './routes.tsx';

const forgetSession = (error: unknown) => {
  if (error instanceof ApiProblem && error.status === 401)
    queryClient.setQueryData(sessionQuery.queryKey, null);
};

const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: forgetSession }),
  mutationCache: new MutationCache({ onError: forgetSession }),
  defaultOptions: {
    // The server may be on this very machine, or in a network that leads nowhere else: that a browser takes itself for
    // offline says nothing about it, and asking would wait without a word.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 1000,
      // What the server refuses it refuses again; what it could not do may pass.
      retry: (failures, error) => failures < 2 && !(error instanceof ApiProblem && isRefusal(error.status)),
    },
  },
});

export function App() {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500;
}
