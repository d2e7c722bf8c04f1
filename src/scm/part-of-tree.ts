import { Fault, type FaultCode } from '../domain/fault.ts';

/**
 * For what a tree takes from elsewhere, an external or a submodule: where it is refused, denied or gone, the tree cannot
 * be made of what its repository names, which people have to mend. A server that is away stays what it is.
 * @param forGood what counts as that
 * @throws Fault `scm-broken-tree` instead
 */
export async function asPartOfTree<T>(
  work: () => T | Promise<T>,
  forGood: readonly FaultCode[] = ['scm-denied', 'scm-gone'],
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault && forGood.includes(error.code))) throw error;
    const { message, hint, cause } = error;
    throw new Fault('scm-broken-tree', message, {
      cause,
      isRetryable: false,
      ...(hint !== undefined && { hint }),
    });
  }
}
