import type { RunStep } from '../../domain/pipeline.ts';
import { expandTemplate } from '../../domain/template.ts';
import type { ContainerLimits, ContainerOwner } from '../../images/container-options.ts';
import type { DockerEngine } from '../../images/docker-engine.ts';
import type { ServiceRequest } from '../../images/run-services.ts';
import type { StepContext } from '../step-handler.ts';
import { expandAll, templateValuesOf } from '../template-values.ts';

/** Disposed, they are gone. */
export interface StepServices extends AsyncDisposable {
  /** Absent: the step has none. */
  network?: string;
  /** Why they are not there. */
  failed?: string;
}

interface ServicesWish {
  step: RunStep;
  context: StepContext;
  owner: ContainerOwner;
  /** The most that each of them gets. */
  limits: ContainerLimits;
}

/** Starts what the step wants beside it, and waits until it is ready. */
export async function startStepServices(
  engine: Pick<DockerEngine, 'startServices'>,
  wish: ServicesWish,
): Promise<StepServices> {
  const { step, context, owner } = wish;
  const { services = [] } = step;
  if (services.length === 0) return { [Symbol.asyncDispose]: async () => undefined };
  const tooLarge = services.find(({ memoryBytes }) => (memoryBytes ?? 0) > wish.limits.memoryBytes);
  if (tooLarge !== undefined) {
    const most = `the ${wish.limits.memoryBytes} that the server allows`;
    return failedWith(
      `service ${tooLarge.name}: ${tooLarge.memoryBytes} bytes of memory are more than ${most}`,
    );
  }
  await context.confirmLease();
  context.log.line(`starting ${services.map(({ name, image }) => `${name} (${image})`).join(', ')}`);
  const request = { owner, services: requestsOf(wish), write: context.log.write, report: context.progress };
  const started = await engine.startServices(request, context.signal);
  if ('failed' in started) return failedWith(started.failed);
  context.log.line('the services are ready');
  return started;
}

function failedWith(failed: string): StepServices {
  return { failed, [Symbol.asyncDispose]: async () => undefined };
}

function requestsOf({ step, context, limits }: ServicesWish): ServiceRequest[] {
  const values = templateValuesOf(context);
  return (step.services ?? []).map(({ memoryBytes, ...service }) => ({
    ...service,
    env: expandAll(service.env, (template) => expandTemplate(template, values)),
    limits: { ...limits, memoryBytes: memoryBytes ?? limits.memoryBytes },
  }));
}
