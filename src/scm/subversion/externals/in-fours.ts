/** Does the same for each, four at a time: each is a process of its own. When one fails, no more are begun. */
export async function inFours<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items].reverse();
  const takeOver = async () => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await work(item);
  };
  try {
    await Promise.all(Array.from({ length: 4 }, takeOver));
  } finally {
    rest.length = 0;
  }
}
