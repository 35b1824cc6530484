import t from 'tap'
import { csvLine } from '../../src/usage/csv.ts'

const cases: { when: string; cells: (string | number)[]; line: string }[] = [
  {
    when: 'plain cells stand as they are',
    cells: ['2026-11-22', 'sales', 12],
    line: '2026-11-22,sales,12\r\n',
  },
  { when: 'a comma is quoted', cells: ['a,b', 1], line: '"a,b",1\r\n' },
  { when: 'a quote is quoted and doubled', cells: ['a"b'], line: '"a""b"\r\n' },
  { when: 'an empty cell is empty', cells: ['', 1], line: ',1\r\n' },
  { when: 'a space stays', cells: [' a b '], line: ' a b \r\n' },
  { when: 'other scripts stay', cells: ['日本 é'], line: '日本 é\r\n' },
  { when: 'a formula is no formula any more', cells: ['=1+1'], line: "'=1+1\r\n" },
  {
    when: 'a formula that needs quotes has both',
    cells: ['=HYPERLINK("x","y")'],
    line: '"\'=HYPERLINK(""x"",""y"")"\r\n',
  },
  {
    when: 'a plus, a minus and an at sign begin one, too',
    cells: ['+1', '-1', '@SUM(A1)'],
    line: "'+1,'-1,'@SUM(A1)\r\n",
  },
  { when: 'so do their wide forms', cells: ['＝1', '＠x'], line: "'＝1,'＠x\r\n" },
  {
    when: 'a sign inside is harmless',
    cells: ['a=1', 'a-b', 'me@example.org'],
    line: 'a=1,a-b,me@example.org\r\n',
  },
  { when: 'a number is no formula', cells: [-1], line: '-1\r\n' },
  {
    when: 'a line break makes no new line',
    cells: ['a\r\n=1', 'b\nc'],
    line: 'a\ufffd\ufffd=1,b\ufffdc\r\n',
  },
  { when: 'a tab in front does not hide a formula', cells: ['\t=1'], line: '\ufffd=1\r\n' },
  {
    when: 'an escape sequence does not reach a terminal',
    cells: ['\u001b[2J\u009b1m'],
    line: '\ufffd[2J\ufffd1m\r\n',
  },
]

for (const { when, cells, line } of cases) {
  t.test(when, async (t) => {
    t.equal(csvLine(cells), line)
  })
}
