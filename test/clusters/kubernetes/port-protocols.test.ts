import { describe, expect, it } from 'vitest';
import { withPortProtocols } from '../../../src/clusters/kubernetes/port-protocols.ts';

describe('ports without a protocol', () => {
  it('get TCP in a Service, and keep what is written', () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'cart' },
      spec: { ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }] },
    };

    expect(withPortProtocols(service).spec).toEqual({
      ports: [
        { port: 80, protocol: 'TCP' },
        { port: 53, protocol: 'UDP' },
      ],
    });
  });

  it('get TCP in the containers of a workload, which otherwise stays as it is', () => {
    const workload = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'cart' },
      spec: {
        template: { spec: { containers: [{ name: 'a', ports: [{ containerPort: 80 }] }, { name: 'b' }] } },
      },
    };

    expect(withPortProtocols(workload)).toEqual({
      ...workload,
      spec: {
        template: {
          spec: {
            containers: [{ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP' }] }, { name: 'b' }],
          },
        },
      },
    });
  });

  it('are none in an object without ports', () => {
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cart' }, data: { a: 'b' } };

    expect(withPortProtocols(config)).toEqual(config);
  });
});
