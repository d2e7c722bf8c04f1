import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface Load {
  /** Ends it. @returns how many were answered, and what went wrong with the others */
  stop(): Promise<{ answered: number; lost: string[] }>;
}

/** Each client asks again once it has its answer, after a pause that keeps the load small. */
const clients = 4;
const pauseMs = 10;
const patienceMs = 5_000;

/** Sends requests to a Service, each over a connection of its own as a new client would. */
export function startLoad(url: string): Load {
  const agent = new Agent({ keepAlive: false });
  const lost: string[] = [];
  let answered = 0;
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const trouble = await ask(url, agent);
      if (trouble === undefined) answered += 1;
      else lost.push(trouble);
      await delay(pauseMs);
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  return {
    async stop() {
      isOver = true;
      await running;
      agent.destroy();
      return { answered, lost };
    },
  };
}

function ask(url: string, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = get(url, { agent, timeout: patienceMs }, (answer) => {
      answer.resume().once('error', (error) => resolve(`broken off: ${error.message}`));
      answer.once('end', () =>
        resolve(answer.statusCode === 200 ? undefined : `status ${answer.statusCode}`),
      );
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${patienceMs} ms`)));
    asked.once('error', (error) => resolve(error.message));
  });
}
