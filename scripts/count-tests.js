// Adds up vitest's JSON reports: `N passed, N failed, N skipped`. A report that is missing, or a suite that did not load,
// counts as a failure. Plain JavaScript, so that it counts even when set-up failed.
import fs from 'node:fs';
import process from 'node:process';

const total = { passed: 0, failed: 0, skipped: 0 };
for (const file of process.argv.slice(2)) {
  try {
    const report = JSON.parse(fs.readFileSync(file, 'utf8'));
    // A suite that failed before its first test has no failed test to show for it.
    const broken = report.testResults.filter(
      (suite) => suite.status === 'failed' && !suite.assertionResults.some((result) => result.status === 'failed'),
    );
    total.passed += report.numPassedTests;
    total.failed += report.numFailedTests + broken.length;
    total.skipped += report.numPendingTests + report.numTodoTests;
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    total.failed += 1;
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
