// Names what failed in vitest's JSON reports, with the first lines of why, and adds up: `N passed, N failed, N skipped`.
// A report that is missing, or a suite that did not load, counts as a failure. Plain JavaScript, so that it counts even
// when set-up failed.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const LINES_OF_A_REASON = 6;

function tell(suite, title, reason = '') {
  const lines = reason.split('\n').slice(0, LINES_OF_A_REASON);
  console.log(`failed: ${path.relative('.', suite.name)}${title}${lines.map((line) => `\n    ${line}`).join('')}`);
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const file of process.argv.slice(2)) {
  try {
    const report = JSON.parse(fs.readFileSync(file, 'utf8'));
    for (const suite of report.testResults) {
      const failed = suite.assertionResults.filter((result) => result.status === 'failed');
      for (const result of failed) tell(suite, ` > ${result.fullName}`, result.failureMessages.join('\n'));
      // A suite that failed before its first test has no failed test to show for it.
      const broken = suite.status === 'failed' && failed.length === 0;
      if (broken) tell(suite, '', suite.message);
      total.failed += broken ? 1 : failed.length;
    }
    total.passed += report.numPassedTests;
    total.skipped += report.numPendingTests + report.numTodoTests;
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    total.failed += 1;
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
