import { Fault } from '../domain/fault.ts';

/**
 * For what a tree takes from elsewhere, an external or a submodule: where it is refused, denied or gone, the tree cannot
 * be made of what its repository names, which people have to mend. A server that is away stays what it is.
 * @throws Fault `scm-broken-tree` instead of `scm-denied` and `scm-gone`
 */
export async function asPartOfTree<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isForGood = error instanceof Fault && (error.code === 'scm-denied' || error.code === 'scm-gone');
    if (!isForGood) throw error;
    const { message, hint, cause } = error;
    throw new Fault('scm-broken-tree', message, {
      cause,
      isRetryable: false,
      ...(hint !== undefined && { hint }),
    });
  }
}
