/** One node of BuildKit's graph: an instruction of the Dockerfile, or something of BuildKit's own. */
export interface BuildKitVertex {
  digest: string;
  name: string;
  cached: boolean;
  started: BuildKitTime | null;
  completed: BuildKitTime | null;
  error: string;
}

export interface BuildKitTime {
  seconds: number;
  nanos: number;
}

export interface BuildKitStatus {
  vertexes: BuildKitVertex[];
  logs: { vertex: string; msg: Buffer }[];
  warnings: { vertex: string; short: Buffer }[];
}

/** The part of BuildKit's `control.proto` that a log needs; fields that are not here are skipped. */
const schema = {
  nested: {
    StatusResponse: {
      fields: {
        vertexes: { rule: 'repeated', type: 'Vertex', id: 1 },
        logs: { rule: 'repeated', type: 'VertexLog', id: 3 },
        warnings: { rule: 'repeated', type: 'VertexWarning', id: 4 },
      },
    },
    Vertex: {
      fields: {
        digest: { type: 'string', id: 1 },
        name: { type: 'string', id: 3 },
        cached: { type: 'bool', id: 4 },
        started: { type: 'Timestamp', id: 5 },
        completed: { type: 'Timestamp', id: 6 },
        error: { type: 'string', id: 7 },
      },
    },
    VertexLog: { fields: { vertex: { type: 'string', id: 1 }, msg: { type: 'bytes', id: 4 } } },
    VertexWarning: { fields: { vertex: { type: 'string', id: 1 }, short: { type: 'bytes', id: 3 } } },
    Timestamp: { fields: { seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } } },
  },
};

/**
 * Makes a decoder of the `aux` text of `moby.buildkit.trace` lines. Not dockerode's: that one prints output as base64
 * and says neither which step it belongs to nor how long it took.
 */
export async function createStatusDecoder(): Promise<(aux: string) => BuildKitStatus> {
  const { default: protobuf } = await import('protobufjs/light.js');
  const type = protobuf.Root.fromJSON(schema).lookupType('StatusResponse');
  return (aux) => {
    const message = type.decode(Buffer.from(aux, 'base64'));
    return type.toObject(message, { longs: Number, defaults: true, arrays: true }) as BuildKitStatus;
  };
}
