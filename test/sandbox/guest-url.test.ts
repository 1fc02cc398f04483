/**
 * `URL` and `URLSearchParams` of isolates beside Node's own: they must read every address alike. The code runs here in the
 * test's own process; that it is what an isolate has, other tests show.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GuestSearchParams } from '../../src/sandbox/guest/url/search-params.ts';
import { GuestUrl } from '../../src/sandbox/guest/url/url.ts';

const PARTS = [
  ...['href', 'origin', 'protocol', 'username', 'password', 'host'],
  ...['hostname', 'port', 'pathname', 'search', 'hash'],
] as const;
type Part = (typeof PARTS)[number];
type AnyUrl = { [P in Part]: string } & { readonly searchParams: { toString(): string } };

/** Every part, or null for what is no URL. */
function read(make: () => AnyUrl): Record<string, string> | null {
  try {
    return partsOf(make());
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function partsOf(url: AnyUrl): Record<string, string> {
  const parts = Object.fromEntries(PARTS.map((part) => [part, url[part]]));
  return { ...parts, params: url.searchParams.toString() };
}

function expectAlike(text: string, base?: string): void {
  const here = read(() => new GuestUrl(text, base));
  expect(here).toEqual(read(() => new URL(text, base)));
  expect(GuestUrl.canParse(text, base)).toBe(URL.canParse(text, base));
  expect(GuestUrl.parse(text, base)?.href).toBe(URL.parse(text, base)?.href);
}

const ABSOLUTE = [
  ...[
    'https://example.com',
    'HTTPS://Example.COM:443/',
    'http://a:80',
    'https://a:80',
    'ws://a:80',
    'wss://a:443/x',
    'ftp://a:21/',
  ],
  ...[
    'https://user@a',
    'https://user:pw@a',
    'https://:pw@a',
    'https://@a',
    'https://u:p:q@a',
    'https://u@v@a',
    'https://u%3A@a',
    'https://a:b@',
  ],
  ...['https://u/@a', 'https://a?b@c', 'https://ü:ß@a', "https://a'b^|[@x", 'https://user@/path', 'http://::@c@d:2'],
  ...[
    'https://a:',
    'https://a:0',
    'https://a:00080',
    'https://a:65535',
    'https://a:65536',
    'https://a:-1',
    'https://a:1x',
    'https://a:1?',
  ],
  ...[
    'https://a/b/../c',
    'https://a/./b/.',
    'https://a/..',
    'https://a/%2e%2E/b',
    'https://a/b/%2e',
    'https://a/.%2e/b',
    'https://a/...',
    'https://a/b/../../../c',
  ],
  ...[
    'https://a\\b\\c',
    'https:\\\\a\\b',
    'https:a',
    'https:/a',
    'https:///a',
    'https:////a/b',
    'https://',
    'https:///',
    'https:',
    'https://?x',
    'https://#x',
  ],
  ...[
    'https://a/ b',
    'https://a/b c?d e#f g',
    'https://a/"<>`{}|^\\',
    'https://a/?"<>`{}|^\\\'',
    'https://a/#"<>`{}|^\\\'',
    'https://a/ü?ü#ü',
    'https://a/%',
    'https://a/%zz',
    'https://a/%c3%28',
  ],
  ...[
    '  https://a/  ',
    '\nhttps://a/\t',
    'ht\ntps://a/b\tc',
    'https://a\u0000',
    '\u0000https://a',
    'https://a/\u0000',
    'https://a/?\u0000#\u0000',
    'https://a/\u00a0',
  ],
  ...[
    'https://a/?',
    'https://a/#',
    'https://a/?#',
    'https://a?b?c#d#e',
    'https://a#?b',
    'https://a/?a=1&b=2&a=3',
    'https://a/?a+b=c+d&%20=%2B',
    'https://a/?&&a&=b&=',
  ],
  ...[
    'mailto:a@b',
    'data:text/plain,a b',
    'data:text/plain, a #b',
    'data: a ?b',
    'javascript:alert(1) ',
    'urn:x:y',
    'a:',
    'a:b',
    'a:/',
    'a:/b/../c',
    'a://',
    'a://b',
    'a:///b',
    'a://b:80/c',
    'a://b:c/',
    'a://u:p@b/',
    'a://[::1]/',
  ],
  ...[
    'a:/..//b',
    'a:/.//b',
    'a:////b',
    'a:\\b',
    'a://b\\c',
    'a://B',
    'a://ü',
    'a://%41',
    'a://b c',
    'a://b<',
    'a://b%',
    'web+a:b',
    'a+b-c.d:e',
    '1a:b',
    '-a:b',
    ':a',
    '',
    ' ',
    '/',
    '//',
    '?',
    '#',
    'a',
    '/a',
  ],
  ...[
    'blob:https://a/b',
    'blob:http://a:80/b',
    'blob:',
    'blob:ftp://a',
    'blob:blob:https://a',
    'about:blank',
    'about:blank#x',
    'view-source:https://a',
  ],
  ...[
    'file:',
    'file:/',
    'file://',
    'file:///',
    'file:///a',
    'file:a',
    'file:/a',
    'file://a',
    'file://a/b',
    'file://localhost',
    'file://localhost/a',
    'file://LOCALHOST/a',
    'file:c:',
    'file:c|/a',
    'file:///c|/a',
    'file:///c:/..',
    'file:///C|/../b',
    'file://c:/a',
    'file://c|/a',
    'file:/c|a',
    'file:\\\\a\\b',
    'file://a:80',
    'file://u@a',
    'file:?x',
    'file:#x',
    'file:///cd:/',
    'file:////a',
  ],
  ...[
    'http://1.2.3.4',
    'http://1.2.3',
    'http://1.2',
    'http://1',
    'http://0x7f.1',
    'http://0X7F000001',
    'http://017700000001',
    'http://2130706433',
    'http://256.1.1.1',
    'http://1.1.1.256',
    'http://1.2.3.4.5',
    'http://1.2.3.4.',
    'http://1.2.3.4..',
    'http://0x',
    'http://0x.0x',
    'http://08',
    'http://1.2.3.08',
    'http://a.0x',
    'http://a.1',
    'http://1.a',
    'http://4294967295',
    'http://4294967296',
    'http://0xffffffff1',
    'http://1.16777216',
    'http://1.0xffffff',
    'http://09.1',
    'http://1e3',
    'http://1.2.3.٤',
    'http://１.２.３.４',
    'http://0.0.0.0',
    'http://255.255.255.255',
    'http://%31%32%37.1',
    'http://.1',
    'http://1..2',
  ],
  ...[
    'http://[::]',
    'http://[::1]',
    'http://[1::]',
    'http://[1:2:3:4:5:6:7:8]',
    'http://[1:2:3:4:5:6:7::]',
    'http://[::2:3:4:5:6:7:8]',
    'http://[1:0:0:2:0:0:0:3]',
    'http://[1:0:0:2:3:0:0:4]',
    'http://[0:0:0:0:0:0:0:0]',
    'http://[1:0:2:3:4:5:6:7]',
    'http://[FEDC:BA98::1]',
    'http://[::ffff:1.2.3.4]',
    'http://[::1.2.3.4]',
    'http://[1:2:3:4:5:6:1.2.3.4]',
    'http://[1:2:3:4:5:6:7:1.2.3.4]',
    'http://[::1.2.3]',
    'http://[::1.2.3.256]',
    'http://[::01.2.3.4]',
    'http://[::1.2.3.4:5]',
    'http://[1.2.3.4]',
    'http://[:1]',
    'http://[1:]',
    'http://[1:::2]',
    'http://[::1::2]',
    'http://[12345::]',
    'http://[g::]',
    'http://[::1',
    'http://::1]',
    'http://[]',
    'http://[::1%eth0]',
    'http://[::1]:80',
    'http://[::1]x',
    'http://[1:2:3:4:5:6:7]',
    'http://[1:2:3:4:5:6:7:8:9]',
    'http://[::1:]',
    'http://[::.1.2.3]',
    'http://[0001::]',
    'http://[::1.]',
  ],
  ...[
    'http://exa mple',
    'http://a<b',
    'http://a>b',
    'http://a^b',
    'http://a|b',
    'http://a%20b',
    'http://a%00b',
    'http://a%7Fb',
    'http://a%2Fb',
    'http://a%3Ab',
    'http://%61%62',
    'http://a%',
    'http://%zz',
    'http://a`b',
    'http://a{b}',
    'http://a"b',
    "http://a'b",
    'http://a_b',
    'http://a-',
    'http://-a',
    'http://a..b',
    'http://a.',
    'http://.a',
    'http://.',
    'http://..',
    'http://a!$&()*+,;=b',
    'http://a~b',
  ],
  ...[
    'http://münchen.de',
    'http://MÜNCHEN.de',
    'http://faß.de',
    'http://FAẞ.de',
    'http://ΑΣ.gr',
    'http://βόλος.gr',
    'http://xn--mnchen-3ya.de',
    'http://XN--MNCHEN-3YA.de',
    'http://xn--a',
    'http://xn--',
    'http://xn--.a',
    'http://xn--zz--zz',
    'http://例え.テスト',
    'http://例え。テスト',
    'http://ｅｘａｍｐｌｅ.com',
    'http://a\u00adb',
    'http://a\u200bb',
    'http://\u00ad',
    'http://\u0301a',
    'http://a\u0301',
    'http://İ.com',
    'http://ﬁ.com',
    'http://☕.example',
    'http://💩.la',
    'http://a\ufeff',
    'http://Bücher.ch:8080/x',
    'http://א.com',
    'http://מערכת.il',
    'http://العربية.eg',
    'http://नेपाल',
    'http://한국.kr',
    'http://℀.com',
    'http://a⁄b',
    'http://㏕.c',
    'http://Ⅷ.c',
    'http://ｘｎ--mnchen-3ya.de',
    'http://%C3%BC.de',
    'http://%ff.de',
    'http://\ud800.de',
    'http://\ufffd',
    'http://a\u2028b',
    'http://a\u3000b',
    'http://xn--55qw42g',
    'http://ä.ö.ü',
    'http://xn--a.ü',
    'http://xn--ü',
    'http://א1.com',
    'http://1.א',
    'http://a.א',
    'http://aא',
    'http://אa',
    'http://א-',
    'http://א٤',
    'http://٤א',
    'http://א.-',
    'http://a\u200cb',
    'http://नी\u200cब',
    'http://क\u094d\u200dष',
    'http://\u200d',
    'http://نامه\u200cای',
    'http://=\u0338.x',
  ],
  'https://a/\ud800?\ud800#\ud800',
  'non-special:opaque  ?hi',
  'non-special:opaque  #hi',
  'non-special:opaque  x',
];

test.each(ABSOLUTE)('%j', (text) => {
  expectAlike(text);
});

const RELATIVE = [
  ...[
    '',
    '.',
    '..',
    './',
    '../',
    '/',
    '//',
    '///',
    '/a',
    'a',
    'a/b',
    '../a',
    '../../a',
    './a',
    'a/../b',
    '?x',
    '#x',
    '?',
    '#',
    '?x#y',
    '//h',
    '//h/p',
    '//u@h:1/',
    '///h',
    '\\a',
    '\\\\h',
    '/\\h',
  ],
  ...[
    'http:a',
    'http:/a',
    'http:',
    'https:a',
    'http:?x',
    'http:#x',
    'mailto:x',
    'file:a',
    'file:/a',
    'file:c:',
    'c:',
    'c|',
    '/c:/a',
    '/c|/a',
    '//c:',
    'c|/a',
    'C|a',
    '%2e%2e/a',
    ' a ',
    'a\tb',
    'a b',
    ':a',
    'a:b',
    '1:2',
    '@',
    'ü',
    '/..',
    '/.//a',
    '..//a',
  ],
];
const BASES = [
  ...[
    'http://h/a/b?q#f',
    'http://u:p@h:1/a/',
    'http://h',
    'https://h/a',
    'mailto:a',
    'mailto:a?q#f',
    'a:/b/c',
    'a://h',
    'a://h/b',
    'a:/',
    'a:b',
  ],
  ...[
    'file:///a/b',
    'file:///c:/a',
    'file:///c:',
    'file://h/a/b',
    'file://h',
    'file:///',
    'about:blank',
    'no base',
    'a:/.//b',
  ],
];
test.each(BASES)('relative to %j', (base) => {
  for (const text of RELATIVE) expectAlike(text, base);
});

const STARTS = [
  'https://u:p@h:1/a/b?c=d#e',
  'http://h',
  'a://h/b',
  'a:/b',
  'a:b?c#d',
  'file:///c:/b',
  'mailto:a ',
  'a:///b',
  'wss://h:80',
  'a://h:1',
];
const VALUES: Readonly<Record<Exclude<Part, 'origin'>, readonly string[]>> = {
  href: ['https://x', 'not', 'a:b', ''],
  protocol: ['http', 'https:', 'a', 'file', 'ftp:x', '', '1', ':', 'ht\ttp', 'wss', 'javascript', 'é'],
  username: ['', 'a', 'a:b@', 'ü', '%41', ' '],
  password: ['', 'a', 'a:b@', 'ü', '%41', ' '],
  host: [
    'x',
    'x:2',
    'x:',
    ':2',
    '',
    'x/y',
    'x?y',
    'x\\y',
    '[::1]:3',
    'x:65536',
    'ü',
    '1',
    '@',
    'x:2x',
    'localhost',
    'a b',
    'x#',
  ],
  hostname: ['x', 'x:2', 'x:', ':2', '', 'x/y', 'x?y', '[::1]', 'x\\y', 'ü', '1.1', '[', 'localhost', 'a b', '::1'],
  port: ['', '0', '80', '443', '65535', '65536', '8x', 'x', ' 8', '-1', '8/9', '\t8', '0080', '1e3'],
  pathname: ['', '/', 'x', '/x/../y', '?', '#', '//x', '/ü', 'c:', '\\x', '.', '..', '/.//x', '%2e%2e', 'a b'],
  search: ['', '?', 'x', '?x', '??', '#', 'ü', "'", 'a=b&c', ' '],
  hash: ['', '#', 'x', '#x', '##', 'ü', ' ', '`', '\u0000'],
};
describe.each(Object.entries(VALUES) as [Exclude<Part, 'origin'>, readonly string[]][])(
  'setting %s',
  (part, values) => {
    test.each(STARTS)('of %j', (start) => {
      for (const value of values) {
        const [here, there] = [new GuestUrl(start), new URL(start)].map((url) => {
          const target = url as unknown as AnyUrl;
          target.searchParams.toString();
          const set = read(() => {
            target[part] = value;
            return target;
          });
          return { value, set, after: partsOf(target) };
        });
        expect(here).toEqual(there);
      }
    });
  },
);

describe('any text', () => {
  const piece = fc.constantFrom(
    ...[
      'http',
      'https',
      'file',
      'a',
      ':',
      '/',
      '//',
      '\\',
      '?',
      '#',
      '@',
      '.',
      '..',
      '%2e',
      '%',
      '[',
      ']',
      '::',
      '1',
      '0x',
      '256',
      'c|',
      'c:',
      ' ',
      '\t',
      'ü',
      'h',
      'localhost',
      '&',
      '=',
      '+',
      'xn--',
      '💩',
      '\ud800',
      "'",
      '^',
      '|',
    ],
  );
  const address = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

  test('made of what addresses are made of', () => {
    fc.assert(
      fc.property(address, fc.option(address, { nil: undefined }), (text, base) => expectAlike(text, base)),
      { numRuns: 4_000 },
    );
  });

  test('as parameters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        expect([...new GuestSearchParams(text).entries()]).toEqual([...new URLSearchParams(text).entries()]);
        expect(new GuestSearchParams(text).toString()).toBe(new URLSearchParams(text).toString());
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('parameters', () => {
  type Params = URLSearchParams;
  const make = (kind: 'guest' | 'node', init?: unknown): Params =>
    kind === 'guest' ? new GuestSearchParams(init) : new URLSearchParams(init as string);

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', '?a=1&b=%zz&a=+2&&c&=d'],
    ['null', null],
    ['an object', { b: 1, a: 'ü', 'c d': '&=' }],
    [
      'pairs',
      [
        ['a', '1'],
        ['b', 2],
      ],
    ],
    ['a map', new Map([['a', 'b']])],
    ['parameters', new URLSearchParams('a=b&c=d')],
  ])('from %s', (_name, init) => {
    expect(make('guest', init).toString()).toBe(make('node', init).toString());
  });

  test.each([
    [[['a']]],
    [[['a', 'b', 'c']]],
    [[1]],
    [{ [Symbol.iterator]: 1 }],
    [{ [Symbol('x')]: 'y', a: Symbol('z') }],
  ])('not from %j', (init) => {
    expect(() => make('node', init)).toThrow(TypeError);
    expect(() => make('guest', init)).toThrow(TypeError);
  });

  test.each<[string, (params: Params) => unknown]>([
    ['append', (params) => params.append('a', 'x y')],
    ['delete', (params) => params.delete('a')],
    ['delete one', (params) => params.delete('a', '3')],
    ['set', (params) => params.set('a', 'z')],
    ['set new', (params) => params.set('z', 'z')],
    ['sort', (params) => params.sort()],
    [
      'get',
      (params) => [
        params.get('a'),
        params.get('x'),
        params.getAll('a'),
        params.has('b'),
        params.has('a', '9'),
        params.size,
      ],
    ],
    ['iterate', (params) => [[...params], [...params.keys()], [...params.values()], [...params.entries()]]],
    [
      'forEach',
      (params) => {
        const seen: unknown[] = [];
        params.forEach((value, name) => seen.push(name, value));
        return seen;
      },
    ],
    [
      'add while iterating',
      (params) => {
        const seen = [];
        for (const [name] of params) {
          seen.push(name);
          if (seen.length < 9) params.append('n', '');
        }
        return seen;
      },
    ],
  ])('%s', (_name, use) => {
    const start = 'b=2&a=1&\u{1f600}=5&\uff0a=6&a=3&c=';
    const answers = (['guest', 'node'] as const).map((kind) => {
      const params = make(kind, start);
      return [use(params), params.toString()];
    });
    expect(answers[0]).toEqual(answers[1]);
  });

  test.each<[string, (url: URL) => void]>([
    ['append', (url) => url.searchParams.append('x', 'ü &')],
    ['the last deleted', (url) => url.searchParams.delete('a')],
    [
      'search after',
      (url) => {
        url.searchParams.get('a');
        url.search = '?n=m';
      },
    ],
    [
      'href after',
      (url) => {
        url.searchParams.get('a');
        url.href = 'https://x/?k=v';
      },
    ],
    ['sort', (url) => url.searchParams.sort()],
  ])('of a URL: %s', (_name, change) => {
    const [here, there] = [new GuestUrl('https://h/?a=b#c'), new URL('https://h/?a=b#c')];
    change(here);
    change(there);
    expect(partsOf(here)).toEqual(partsOf(there));
  });
});
