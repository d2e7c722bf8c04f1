import { expect, test } from 'vitest';
import { editCorefile } from '../../../../src/clusters/kubernetes/dns/corefile.ts';
import { parseCorefile } from '../../../../src/clusters/kubernetes/dns/corefile-tokens.ts';

/** As installers write them. */
const corefiles = {
  kubeadm: `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`,
  EKS: `.:53 {
    errors
    health {
        lameduck 5s
      }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
`,
  k3s: `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
    }
    hosts /etc/coredns/NodeHosts {
      ttl 60
      reload 15s
      fallthrough
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
    import /etc/coredns/custom/*.override
}
import /etc/coredns/custom/*.server
`,
  AKS: `.:53 {
    errors
    ready
    health {
      lameduck 5s
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
      ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
    import custom/*.override
    template ANY ANY internal.cloudapp.net {
      match "^(?:[^.]+\\.){4,}internal\\.cloudapp\\.net\\.$"
      rcode NXDOMAIN
      fallthrough
    }
    template ANY ANY reddog.microsoft.com {
      rcode NXDOMAIN
    }
}
import custom/*.server
`,
};

const stubDomains = { 'corp.example.com': ['10.0.0.53'] };

test.for(['kubeadm', 'EKS'] as const)(
  'the Corefile of %s gets stub domains and upstream servers, and is itself again without them',
  (installer) => {
    const text = corefiles[installer];
    const edited = String(editCorefile(text, { stubDomains, upstream: ['10.0.0.54'] }));

    const blocks = parseCorefile(edited)?.blocks.map(({ keys, directives }) => [
      keys.join(' '),
      directives
        .map((words) => words.map((word) => word.text).join(' '))
        .filter((line) => line.startsWith('forward')),
    ]);
    expect(blocks).toEqual([
      ['.:53', [expect.stringMatching(/^forward \. 10\.0\.0\.54/)]],
      ['corp.example.com:53', ['forward . 10.0.0.53']],
    ]);
    // Everything else stays to the letter.
    const changed = edited.split('\n').filter((line) => !text.split('\n').includes(line));
    expect(changed.filter((line) => /^ {4}\S/.test(line))).toHaveLength(3);
    expect(editCorefile(edited, { stubDomains: {}, upstream: null })).toBe(text);
  },
);

test.for(['k3s', 'AKS'] as const)(
  'of the Corefile of %s it is seen that it imports files of others',
  (installer) => {
    const parsed = parseCorefile(corefiles[installer]);

    expect(parsed?.imports).toEqual([expect.stringMatching(/custom\/\*\.server$/)]);
    expect(parsed?.blocks.map(({ keys }) => keys)).toEqual([['.:53']]);
  },
);
