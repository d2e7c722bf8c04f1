/**
 * The same question of many readers at the same moment is asked once. An answer is never older than its question: who
 * comes while one is being answered gets the next one, with all others that came meanwhile.
 */
export class SharedLooks<Answer> {
  readonly #running = new Map<string, Promise<Answer>>();
  readonly #next = new Map<string, Promise<Answer>>();

  /** @param look makes the answer to the question that `key` stands for */
  ask(key: string, look: () => Promise<Answer>): Promise<Answer> {
    const running = this.#running.get(key);
    if (running === undefined) return this.#begin(key, look);
    const known = this.#next.get(key);
    if (known !== undefined) return known;
    const begin = () => this.#begin(key, look);
    const next = running.then(begin, begin);
    this.#next.set(key, next);
    return next;
  }

  #begin(key: string, look: () => Promise<Answer>): Promise<Answer> {
    this.#next.delete(key);
    const answer = look().finally(() => {
      if (this.#running.get(key) === answer) this.#running.delete(key);
    });
    this.#running.set(key, answer);
    return answer;
  }
}
