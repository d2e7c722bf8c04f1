import { accepts } from '../../triggers/hook-repository.ts';
import { presentedToken } from '../access.ts';
import { gitHookBody } from '../schemas/hook.ts';
import type { ZodApp } from '../zod-app.ts';
import { eventOf, type HookDenial, type HookDependencies, hookAnswers } from './hook-answers.ts';

const gitBodyBytes = 16 * 1024;

const gitDenial: HookDenial = {
  hint: 'Send the hook token of the repository as "Authorization: Bearer TOKEN", and its name in trunkline.yaml.',
  headers: { 'www-authenticate': 'Bearer' },
};

export function gitHookRoute(app: ZodApp, dependencies: HookDependencies): void {
  app.post(
    '/hooks/git',
    {
      bodyLimit: gitBodyBytes,
      config: { access: 'hook' },
      onRequest: (request) => dependencies.limits.admitHook(request),
      schema: {
        operationId: 'gitHook',
        summary: 'What hooks/git-post-receive sends, with the token of its repository as bearer',
        tags: ['hooks'],
        body: gitHookBody,
        response: hookAnswers,
      },
    },
    async (request, reply) => {
      const { repository, pushOption, ...move } = request.body;
      const option = pushOption === undefined ? {} : { pushOption };
      const token = presentedToken(request, ['bearer']) ?? '';
      const receipt = await dependencies.acceptGitHook({
        source: 'git-hook',
        repository: { name: repository },
        proves: ({ hookTokens }) => accepts(hookTokens, token),
        news: { kind: 'push', ...move, ...option, by: null },
        payload: null,
        delivery: null,
        remote: request.ip,
        headers: request.headers,
      });
      const event = await eventOf(receipt, { request, dependencies, source: 'git-hook' }, gitDenial);
      return reply.code(receipt.kind === 'stored' ? 202 : 200).send({ event });
    },
  );
}
