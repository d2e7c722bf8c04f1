import { expect, test } from 'vitest';
import { stoppedHooks } from '../../src/domain/gitlab-hooks.ts';

/** As GitLab's documentation of its project hooks prints it, shortened. */
function hook(id: number, changes: object) {
  return {
    id,
    url: 'https://ci.example.com/hooks/gitlab',
    alert_status: 'executable',
    disabled_until: null,
    ...changes,
  };
}

test("of a project's webhooks those that lead to us and are stopped are told, and for how long", () => {
  const until = '2026-11-28T10:00:00.000Z';
  const list = JSON.stringify([
    hook(1, {}),
    hook(2, { alert_status: 'temporarily_disabled', disabled_until: until }),
    hook(3, { alert_status: 'disabled' }),
    hook(4, { alert_status: 'disabled', url: 'https://other.example.com/hooks/gitlab' }),
    hook(5, { alert_status: 'disabled', url: 'https://ci.example.com/elsewhere' }),
    { id: 6, url: 'https://ci.example.com/hooks/gitlab' },
  ]);

  const ours = [
    { id: 2, until },
    { id: 3, until: null },
  ];
  expect(stoppedHooks(list, 'https://ci.example.com/')).toEqual(ours);
  expect(stoppedHooks(list, null)).toEqual([...ours, { id: 4, until: null }]);
});

test.for(['', '<html>', '{"message":"403 Forbidden"}', '[{"id":"x"}]'])('%j tells nothing', (body) => {
  expect(stoppedHooks(body, null)).toBeNull();
});
