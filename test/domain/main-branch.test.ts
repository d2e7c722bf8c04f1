import { expect, test } from 'vitest';
import { trunkOf } from '../../src/domain/main-branch.ts';

const projects = ['{project}/trunk', '{project}/branches/*'];

test.each([
  { what: 'the first branch without a wildcard', layout: ['standard'], branch: 'branches/a', trunk: 'trunk' },
  { what: 'that of its own project', layout: projects, branch: 'shop/branches/a', trunk: 'shop/trunk' },
  { what: 'none, where no project is known', layout: projects, branch: null, trunk: undefined },
  { what: 'none, where each has a wildcard', layout: ['branches/*'], branch: 'branches/a', trunk: undefined },
  { what: 'the root, where there are no branches', layout: ['none'], branch: null, trunk: 'trunk' },
  { what: 'itself', layout: ['main', 'work/{name}'], branch: 'main', trunk: 'main' },
])('the trunk that a branch belongs to is $what', ({ layout, branch, trunk }) => {
  expect(trunkOf(layout, branch)).toBe(trunk);
});
