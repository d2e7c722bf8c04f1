import { access, constants, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Problem, ProblemReport } from '../domain/problem.ts';
import { Secret } from '../domain/secret.ts';
import type { YamlDocument, YamlPath } from '../domain/yaml-document.ts';
import type { SecretReference } from './shared-schemas.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is needed to turn the written config into the real one; problems are collected on the way. */
export interface ConfigReading {
  document: YamlDocument;
  /** Paths in the file are relative to its folder. */
  folder: string;
  environment: Environment;
  problems: Problem[];
  /** What only this machine lacks: a variable that is not set, a file that cannot be read. */
  missing: Problem[];
}

export function report(reading: ConfigReading, path: YamlPath, problem: ProblemReport): void {
  reading.problems.push(reading.document.problemAt(path, problem));
}

function reportMissing(reading: ConfigReading, path: YamlPath, message: string): void {
  reading.missing.push(reading.document.problemAt(path, { message }));
}

/** The secret behind a reference; a trailing line break of a file does not count. Never empty, unless a problem was reported. */
export async function readSecret(
  reading: ConfigReading,
  reference: SecretReference,
  path: YamlPath,
): Promise<Secret> {
  const value =
    'env' in reference
      ? reading.environment[reference.env]
      : await readSecretFile(reading, reference.file, path);
  if (value === undefined && 'env' in reference)
    reportMissing(reading, path, `the environment variable ${reference.env} is not set`);
  if (value === '') report(reading, path, { message: 'this secret is empty' });
  return new Secret(value ?? '');
}

/** The absolute path of a file that must be readable; null when none is written. */
export async function readableFile(
  reading: ConfigReading,
  written: string | undefined,
  path: YamlPath,
): Promise<string | null> {
  if (written === undefined) return null;
  const file = resolve(reading.folder, written);
  const mistake = await access(file, constants.R_OK).then(() => null, codeOf);
  if (mistake !== null) reportMissing(reading, path, `cannot read the file ${file} (${mistake})`);
  return file;
}

async function readSecretFile(
  reading: ConfigReading,
  written: string,
  path: YamlPath,
): Promise<string | undefined> {
  const file = await readableFile(reading, written, path);
  if (file === null) return undefined;
  const content = await readFile(file, 'utf8').catch(() => undefined);
  return content?.replace(/\r?\n$/, '');
}

/** `ENOENT` and the like. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
