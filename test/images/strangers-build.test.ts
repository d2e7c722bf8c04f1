import { expect, test } from 'vitest';
import { strangersFrontend } from '../../src/images/strangers-build.ts';

test.each([
  'FROM alpine\n',
  '# syntax=docker/dockerfile:1.7\nFROM alpine\n',
  '#syntax = docker.io/docker/dockerfile\nFROM alpine\n',
])('the Dockerfile %j of a stranger is built', (dockerfile) => {
  expect(strangersFrontend(dockerfile)).toBeNull();
});

test.each([
  '# syntax=evil/frontend:1\nFROM alpine\n',
  '\uFEFF#syntax=evil/frontend:1\nFROM alpine\n',
  '#!/usr/bin/env x\n# escape=\\\n# SYNTAX = docker/dockerfile.evil\nFROM alpine\n',
  '// syntax=docker/dockerfile-evil\nFROM alpine\n',
  '#syntax=docker/dockerfile/../../evil:1 and more\nFROM alpine\n',
  '#!x\n{"syntax": "evil/frontend"}\n',
])('the Dockerfile %j of a stranger is not, for it brings its own builder', (dockerfile) => {
  expect(strangersFrontend(dockerfile)).toContain('may name no syntax but docker/dockerfile');
});
