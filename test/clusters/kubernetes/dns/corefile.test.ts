import { expect, test } from 'vitest';
import { editCorefile } from '../../../../src/clusters/kubernetes/dns/corefile.ts';
import { parseCorefile } from '../../../../src/clusters/kubernetes/dns/corefile-tokens.ts';

const corefile = `# kept by the platform team {
.:53 {
    errors
    health {
       lameduck 5s
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       fallthrough in-addr.arpa ip6.arpa
    }
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    reload
}
lab.example.com:53 {
    forward . 192.0.2.1
}
`;
const nothing = { stubDomains: {}, upstream: null };
const stub = { stubDomains: { 'corp.example.com': ['10.0.0.53', '10.0.1.53:5353'] }, upstream: null };

test('a stub domain gets a server block in a marked section, and all else stays to the letter', () => {
  const edited = editCorefile(corefile, stub);

  expect(edited).toBe(`${corefile}# begin trunkline: written from trunkline.yaml, changes here are lost
corp.example.com:53 {
    errors
    cache 30
    forward . 10.0.0.53 10.0.1.53:5353
}
# end trunkline
`);
  expect(editCorefile(String(edited), stub)).toBe(edited);
  expect(editCorefile(String(edited), nothing)).toBe(corefile);
});

test('the section stays where it is when others have written below it', () => {
  const below = '\n# mine\nother.example.com {\n    forward . 192.0.2.7\n}\n';
  const more = { ...stub.stubDomains, 'a.example.com': ['10.9.9.9'] };

  const edited = String(
    editCorefile(`${editCorefile(corefile, stub)}${below}`, { ...stub, stubDomains: more }),
  );

  expect(edited).toMatch(
    /a\.example\.com:53 \{[^}]*\}\ncorp\.example\.com:53 \{[^}]*\}\n# end trunkline\n\n# mine/,
  );
  expect(editCorefile(edited, nothing)).toBe(`${corefile}${below}`);
});

test('upstream servers take the place of those of the block for ".", with its options, and give it back', () => {
  const edited = String(editCorefile(corefile, { stubDomains: {}, upstream: ['10.0.0.53', '10.0.1.53'] }));
  const other = String(editCorefile(edited, { stubDomains: {}, upstream: ['10.0.0.54'] }));

  expect(edited).toContain(
    '    # trunkline: before it was /etc/resolv.conf\n    forward . 10.0.0.53 10.0.1.53 {\n       max_concurrent 1000',
  );
  expect(other).toBe(edited.replace('10.0.0.53 10.0.1.53', '10.0.0.54'));
  expect(editCorefile(other, nothing)).toBe(corefile);
});

test('upstream servers are added where there were none, and taken out again', () => {
  const bare = '.:5353 {\n    errors\n}\n';
  const edited = String(editCorefile(bare, { ...stub, upstream: ['10.0.0.53'] }));

  expect(edited).toContain(
    '    errors\n    # trunkline: before it was nothing\n    forward . 10.0.0.53\n}\n',
  );
  expect(edited).toContain('corp.example.com:5353 {');
  expect(editCorefile(edited, nothing)).toBe(bare);
});

test.for([
  [
    'of a domain that has a block already',
    corefile,
    'lab.example.com',
    /server block for lab\.example\.com that/,
  ],
  [
    'of a domain of the cluster',
    corefile.replaceAll('cluster.local', 'k8s.lan'),
    'x.k8s.lan',
    /lies in k8s\.lan/,
  ],
  ['with a brace too much', `${corefile}}\n`, 'a.example.com', /its braces do not match/],
  [
    'with a brace too few',
    corefile.replace('reload\n}', 'reload'),
    'a.example.com',
    /its braces do not match/,
  ],
  ['without its end mark', `${corefile}# begin trunkline\n`, 'a.example.com', /the marks of the section/],
  ['without a block for "."', 'a.example.org {\n}\n', 'a.example.com', /no server block for "\."/],
] as const)('a Corefile %s is left alone, and the reason is told', ([, text, domain, reason]) => {
  const edited = editCorefile(text, { stubDomains: { [domain]: ['10.0.0.53'] }, upstream: null });

  expect(edited).toEqual({ refusal: expect.stringMatching(reason) });
});

test("several forwards, or one that is imported, are nobody else's to choose from", () => {
  const wish = { stubDomains: {}, upstream: ['10.0.0.53'] };
  const twice = corefile.replace('    cache 30', '    forward . 192.0.2.2\n    cache 30');
  const imported = '(up) {\n    forward . 192.0.2.1\n}\n. {\n    import up\n}\n';

  expect(editCorefile(twice, wish)).toEqual({ refusal: expect.stringContaining('several "forward ."') });
  expect(editCorefile(imported, wish)).toEqual({ refusal: expect.stringContaining('imports others') });
});

test('comments, quotes and variables are no braces', () => {
  const text =
    'import custom/*.server\n. {\n    template "{ {" {\n      answer "a } b"\n    }\n    forward . {$UP} # }\n}\n';

  const parsed = parseCorefile(text);

  expect(parsed?.imports).toEqual(['custom/*.server']);
  expect(
    parsed?.blocks.map(({ keys, directives }) => [keys, directives.map(([first]) => first?.text)]),
  ).toEqual([[['.'], ['template', 'forward']]]);
});
