import { Fault } from '../domain/fault.ts';

/** Undefined where the repository does not have what was asked for. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Fault && error.code === 'scm-gone') return undefined;
    throw error;
  }
}
