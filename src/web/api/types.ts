import type { z } from 'zod';
import type { environmentDetailSchema, environmentListSchema } from '../../http/schemas/environment.ts';
import type { eventPageSchema } from '../../http/schemas/event.ts';
import type { notifierListSchema, setupSchema, workerListSchema } from '../../http/schemas/operations.ts';
import type {
  pipelineDetailSchema,
  pipelineFileSchema,
  pipelineListSchema,
} from '../../http/schemas/pipeline.ts';
import type { promotionPreviewSchema } from '../../http/schemas/promotion.ts';
import type { repositoryListSchema } from '../../http/schemas/repository.ts';
import type { artifactListSchema, logHitListSchema, Run } from '../../http/schemas/run.ts';
import type { runPageSchema } from '../../http/schemas/run-list.ts';

/** What the API answers, as its own schemas say; types only, nothing of the server comes into the page. */
export type PipelineList = z.output<typeof pipelineListSchema>;
export type Pipeline = PipelineList['items'][number];
export type PipelineProblem = PipelineList['problems'][number];
export type PipelineDetail = z.output<typeof pipelineDetailSchema>;
export type PipelineFile = z.output<typeof pipelineFileSchema>;
export type RecentRun = Pipeline['recentRuns'][number];
export type ArtifactList = z.output<typeof artifactListSchema>;
export type LogHitList = z.output<typeof logHitListSchema>;
export type RunPage = z.output<typeof runPageSchema>;
export type Step = Run['steps'][number];
export type Deployment = Run['deployments'][number];
export type EnvironmentList = z.output<typeof environmentListSchema>;
export type EnvironmentDetail = z.output<typeof environmentDetailSchema>;
export type PromotionPreview = z.output<typeof promotionPreviewSchema>;
export type RepositoryList = z.output<typeof repositoryListSchema>;
export type Repository = RepositoryList['items'][number];
export type WorkerList = z.output<typeof workerListSchema>;
export type NotifierList = z.output<typeof notifierListSchema>;
export type EventPage = z.output<typeof eventPageSchema>;
export type Setup = z.output<typeof setupSchema>;
export type EnvironmentWorkload = EnvironmentDetail['workloads'][number];
export type EnvironmentDrift = EnvironmentDetail['drift'];
export type DeployedChanges = NonNullable<EnvironmentWorkload['changes']>;
